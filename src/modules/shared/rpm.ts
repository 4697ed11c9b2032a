import { type Command, cmd, sh } from '../../core/command.ts'
import { CommandFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'
import type { PackageManager } from './packages.ts'

/** Seconds; long enough for a slow mirror. */
const timeout = 1800
const env = { LC_ALL: 'C' }

/** Without the first, lists that are still young for yum's own taste are not fetched. */
const refresh = '"$1" -q clean expire-cache && "$1" -q -y makecache'

/** dnf and yum take the same words. */
export function rpmManager(tool: 'dnf' | 'yum'): PackageManager {
  return {
    listsAgeUnnoticed: false,
    updateLists: { ...sh(refresh, tool), display: `${tool} clean expire-cache; ${tool} makecache`, env, timeout },

    install(packages, { recommends, downgrade }) {
      const options = recommends ? [] : ['--setopt=install_weak_deps=False']
      const names = packages.map(({ name, version }) => (version ? `${name}-${version}` : name))
      const command = cmd`${tool} -y ${options} install -- ${names}`
      return { ...(downgrade ? orDowngrade(tool, options, names) : command), env, timeout }
    },

    upgrade: (names) => ({ ...cmd`${tool} -y upgrade -- ${names}`, env, timeout }),

    remove: (names) => ({ ...cmd`${tool} -y remove -- ${names}`, env, timeout }),

    async read(look, names, state) {
      const [installed, candidates] = await Promise.all([
        readInstalled(look, names),
        state === 'latest' ? readUpdates(look, tool, names) : {},
      ])
      return { installed, candidates, interrupted: false }
    },
  }
}

/** `install` does not go back to an older version, and says so without an error: rpm is asked whether it did. */
function orDowngrade(tool: string, options: readonly string[], names: readonly string[]): Command {
  const script = `tool=$1; shift
"$tool" -y ${options.join(' ')} install -- "$@" || exit
for name; do rpm -q -- "$name" >/dev/null || "$tool" -y downgrade -- "$name" || exit; done`
  return { ...sh(script, tool, ...names), display: `${tool} -y install (or downgrade) ${names.join(' ')}` }
}

/** By what each name provides, so that an old name of a package counts too. Only rpm's own “no” is taken for one. */
const installedScript = `export LC_ALL=C
for name; do
  if found=$(rpm -q --whatprovides --qf '%{VERSION}-%{RELEASE} ' -- "$name" 2>&1); then printf '%s\\t%s\\n' "$name" "$found"
  else case $found in *'no package provides'*) ;; *) echo "$found" >&2; exit 1;; esac
  fi
done`

async function readInstalled(look: Look, names: readonly string[]): Promise<Record<string, string>> {
  const command = { ...sh(installedScript, ...names), display: `rpm -q --whatprovides ${names.join(' ')}` }
  const lines = (await look.text(command)).split('\n').filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => line.split('\t').map((part) => part.trim())))
}

/** Ends with 100 when there are updates, with 0 when there are none. */
async function readUpdates(look: Look, tool: string, names: readonly string[]): Promise<Record<string, string>> {
  const command: Command = { ...cmd`${tool} -q check-update -- ${names}`, env, timeout }
  const result = await look.run(command)
  if (result.code !== 0 && result.code !== 100) throw new CommandFailed(command, result)
  const rows = result.stdout.split('\n').map((line) => /^(\S+)\.[^.\s]+\s+(\S+)\s+\S+$/.exec(line.trim()))
  return Object.fromEntries(rows.flatMap((row) => (row ? [[row[1], row[2]]] : [])))
}
