import { type Command, cmd, sh } from '../../core/command.ts'
import { CommandFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'
import type { InstallOptions, PackageManager } from './packages.ts'

/** Seconds; long enough for a slow mirror. */
const timeout = 1800

/**
 * Nobody answers questions during a run; files that an operator edited are kept; and needrestart only lists what it
 * would restart, since the daemons of a storage host are restarted by the playbook or not at all.
 */
const env = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', LC_ALL: 'C' }
const keepFiles = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold']
const lock = ['-o', 'DPkg::Lock::Timeout=300']

export const apt: PackageManager = {
  listsAgeUnnoticed: true,
  updateLists: { ...cmd`apt-get ${lock} -q update`, env, timeout },
  finishInterrupted: { ...cmd`dpkg --force-confdef --force-confold --configure -a`, env, timeout },

  install: (packages, options) =>
    install(
      packages.map(({ name, version }) => (version ? `${name}=${version}` : name)),
      options,
    ),

  upgrade: (names, options) => install(names, options),

  remove: (names, purge) => ({
    ...cmd`apt-get ${lock} -q -y ${purge ? 'purge' : 'remove'} -- ${names}`,
    env,
    timeout,
  }),

  async read(look, names, state) {
    const [installed, interrupted] = await Promise.all([readInstalled(look, names), look.text(audit)])
    const asked = names.filter((name) => state === 'latest' || (state === 'present' && !(name in installed)))
    const candidates = asked.length > 0 ? parsePolicy(await look.text(policy(asked))) : {}
    return { installed, candidates, interrupted: interrupted.trim() !== '' }
  },
}

function install(names: readonly string[], { recommends, downgrade }: InstallOptions): Command {
  const options = [...(recommends ? [] : ['--no-install-recommends']), ...(downgrade ? ['--allow-downgrades'] : [])]
  return { ...cmd`apt-get ${lock} ${keepFiles} -q -y ${options} install -- ${names}`, env, timeout }
}

/** The second looks for the journal of a dpkg that was killed, which its audit does not know of. */
const audit: Command = { ...sh('dpkg --audit && ls -A /var/lib/dpkg/updates'), display: 'dpkg --audit' }

const policy = (names: readonly string[]): Command => ({ ...cmd`apt-cache policy -- ${names}`, env: { LC_ALL: 'C' } })

const fields = ['Package', 'Architecture', 'db:Status-Status', 'Version']
const format = `${fields.map((field) => `\${${field}}`).join('\\t')}\\n`

/** dpkg-query ends with 1 when it does not know one of the names, and tells of the others all the same. */
async function readInstalled(look: Look, names: readonly string[]): Promise<Record<string, string>> {
  const command: Command = {
    ...cmd`dpkg-query -W -f ${format} -- ${names}`,
    display: `dpkg-query -W ${names.join(' ')}`,
  }
  const result = await look.run(command)
  if (result.code !== 0 && result.code !== 1) throw new CommandFailed(command, result)
  const installed: Record<string, string> = {}
  for (const line of result.stdout.split('\n')) {
    const [name = '', architecture = '', status = '', version = ''] = line.split('\t')
    if (status !== 'installed') continue
    for (const key of [name, `${name}:${architecture}`]) if (names.includes(key)) installed[key] = version
  }
  return installed
}

/** Candidates of the packages that apt knows and could install. */
function parsePolicy(output: string): Record<string, string> {
  const candidates: Record<string, string> = {}
  let name = ''
  for (const line of output.split('\n')) {
    const heading = /^(\S+):$/.exec(line)?.[1]
    const candidate = /^ {2}Candidate: (\S+)$/.exec(line)?.[1]
    if (heading) name = heading
    else if (candidate && candidate !== '(none)') candidates[name] = candidate
  }
  return candidates
}
