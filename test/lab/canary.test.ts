import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { labDown, labFiles } from '../../lab/index.ts'
import { Secret } from '../../src/core/secret.ts'
import { sealVault } from '../../src/inventory/vault.ts'
import { environment, main, project } from '../cli/support.ts'
import { newKeyFile } from '../transport/helpers/sshd.ts'
import { canaries, sampleProcesses, sealedWithAge, textBelow } from './canary.ts'
import { until } from './fault-runs.ts'
import { describeLab, onConsole } from './support.ts'

const lab = `cn${process.pid.toString(36)}`
const [one, two] = ['east-mirror-1', 'west-mirror-1'] as const
const { make, in: leaksIn } = canaries()
const age = existsSync('/usr/bin/age')

/** One in each place that there is for a secret. */
const secrets = {
  login: make('login'),
  become: make('become'),
  passphrase: make('passphrase'),
  vaultPassword: make('vaultPassword'),
  vaultFile: make('vaultFile'),
  vaultValue: make('vaultValue'),
  sops: make('sops'),
  age: make('age'),
  env: make('env'),
  envFile: make('envFile'),
  extraVars: make('extraVars'),
  lookup: make('lookup'),
  lookupInInventory: make('lookupInInventory'),
  keyring: make('keyring'),
  onHost: make('onHost'),
}

const playbookText = `
import { cmd, command, copy, defineModule, hostVar, lineinfile, play, playbook, reveal, Secret, secret, secretText, slurpSecret, task, template, z } from 'ceph-playbook'

const lookup = secret('lookup', cmd\`store get lookup\`)
const all = ({ host }) => ['vaultFile', 'vaultValue', 'sops', 'age', 'dotEnv', 'envFile', 'inInventory'].flatMap((name) =>
  host.vars[name] === undefined ? [] : [hostVar(host, name, z.instanceof(Secret))])
const listed = (context) => new Secret([lookup, ...all(context)].map(reveal).join('\\n'))
const crash = defineModule({
  name: 'test.crash', description: 'Crashes.', args: z.strictObject({ text: z.instanceof(Secret), how: z.enum(['plan', 'later']) }), absent: undefined,
  read: async ({ text, how }) => { if (how === 'later') setTimeout(() => { throw new Error('later ' + text.reveal()) }) ; if (how === 'later') await new Promise((done) => setTimeout(done, 5000)) },
  *plan({ text }) { throw new Error('boom ' + text.reveal()) },
})
const seen = task('Read a keyring', slurpSecret({ path: '/srv/keyring' }))

export default playbook({
  name: 'Canary',
  vars: { token: z.string().default('none'), fail: z.string().default('') },
  plays: ({ token, fail }) => [
    play({ name: 'Everywhere', hosts: 'all', become: true, tasks: [
      seen,
      task('Copy', copy((context) => ({ dest: '/srv/copied', content: secretText\`\${listed(context)} \${new Secret(token)}\`, mode: '0600' }))),
      task('Copy the keyring', copy(({ output }) => ({ dest: '/srv/keyring-copy', content: output(seen).content, mode: '0600' }))),
      task('Fill in', template((context) => ({ src: 'canary.hbs', dest: '/srv/filled', mode: '0600', vars: { word: lookup, all: all(context) } }))),
      task('A line', lineinfile({ path: '/srv/filled', line: lookup })),
      task('Say it', command((context) => ({ shell: 'tee /dev/stderr; echo', stdin: listed(context) }))),
      task('Say it in pieces', command(() => ({ shell: 'sed "s/.\\\\{7\\\\}/&\\\\n/g" | while IFS= read -r part || [ "$part" ]; do printf %s "$part"; sleep 0.05; done; echo', stdin: lookup }))),
      task('Say it in base64', command((context) => ({ shell: 'base64 -w 0; echo', stdin: listed(context) }))),
      task('Say it for a URL', command(() => ({ argv: ['python3', '-c', 'import sys, urllib.parse; print("https://x/?" + urllib.parse.quote(sys.stdin.read(), safe=""))'], stdin: lookup }))),
      ...(fail === 'command' ? [task('Fail', command((context) => ({ shell: 'cat; cat /srv/keyring >&2; exit 3', stdin: listed(context) })))] : []),
      ...(fail === 'template' ? [task('Fail', template({ src: 'broken.hbs', dest: '/srv/broken', vars: { word: lookup } }))] : []),
      ...(fail === 'argument' ? [task('Fail', copy((context) => ({ dest: reveal(lookup), content: listed(context) })))] : []),
      ...(fail === 'crash' ? [task('Fail', crash({ text: lookup, how: 'plan' }))] : []),
      ...(fail === 'later' ? [task('Fail', crash({ text: lookup, how: 'later' }))] : []),
      ...(fail === 'hang' ? [task('Hang', command((context) => ({ shell: 'cat; touch /run/hanging; sleep 600', stdin: listed(context) })))] : []),
    ] }),
  ],
})
`

let folder = ''
const keys = mkdtempSync(join(tmpdir(), 'canary-'))
let samples: ReturnType<typeof sampleProcesses>

/** A project in which every place for a secret is used. */
function canaryProject(keyFile: string): string {
  const key = { id: 'default', password: new Secret(secrets.vaultPassword) }
  const sealed = sealVault(secrets.vaultValue, key)
  return project({
    'canary.ts': playbookText,
    'templates/canary.hbs': '{{word}}\n{{#each all}}{{this}}\n{{/each}}',
    'templates/broken.hbs': '{{word}} {{missing}}',
    'bin/sops': `#!/bin/sh\necho "sops: $(cat "$(dirname "$0")/../store/sops")"\n`,
    'bin/store': '#!/bin/sh\ncat "$(dirname "$0")/../store/$2"\n',
    'vault-pass.sh': '#!/bin/sh\ncat "$(dirname "$0")/store/vault"\n',
    'store/sops': `'${secrets.sops}'`,
    'store/vault': secrets.vaultPassword,
    'store/lookup': secrets.lookup,
    'store/inventory': secrets.lookupInInventory,
    'more.env': `PLAYBOOK_PASSWORD='${secrets.login}'\nPLAYBOOK_BECOME_PASSWORD='${secrets.become}'\nPLAYBOOK_KEY_PASSPHRASE='${secrets.passphrase}'\nCANARY_FILE='${secrets.envFile}'\n`,
    '.env': `CANARY='${secrets.env}'\n`,
    'extra.yml': `token: '${secrets.extraVars}'\n`,
    'inventory/hosts.yml': `all:
  vars:
    ansible_user: operator
    ansible_ssh_known_hosts_file: ${labFiles(lab).knownHosts}
    ansible_ssh_common_args: -F none
    dotEnv: "{{ env.CANARY }}"
    envFile: "{{ env.CANARY_FILE }}"
    vaultValue: !vault |
${sealed.replace(/^/gm, '      ')}
  hosts:
    # One by a key with a passphrase, one by a password.
    ${one}: { ansible_host: ${addressOf(one)}, ansible_ssh_private_key_file: ${keyFile} }
    ${two}: { ansible_host: ${addressOf(two)}, ansible_ssh_private_key_file: none }
`,
    'inventory/more.ts': `import { cmd, secret } from 'ceph-playbook'\nexport default { all: { vars: { inInventory: secret('in the inventory', cmd\`store get inventory\`) } } }\n`,
    'inventory/group_vars/all/vault.yml': sealVault(`vaultFile: '${secrets.vaultFile}'\n`, key),
    'inventory/group_vars/all/sops.yml': 'sops: ENC[AES256_GCM,data:xx]\nsops:\n  mac: x\n',
  })
}

function addressOf(host: string): string {
  const line = readFileSync(labFiles(lab).knownHosts, 'utf8')
    .split('\n')
    .find((each) => each.includes(`,${host} `))
  return line?.split(',')[0] ?? ''
}

const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')

interface Ended {
  readonly code: number | null
  readonly text: string
}

/** Runs `playbook` on a terminal with everything shown and every reporter at work; answers with all that came of it. */
function everything(args: readonly string[], onStart?: (pid: number) => Promise<void>): Promise<Ended> {
  const reports = ['lines', 'json', 'junit', 'quiet'].map((kind) => `--output ${kind}=reports/${kind}.txt`).join(' ')
  const access = '-i inventory --env-file more.env --vault-password-file ./vault-pass.sh'
  const command = `stty cols 200 rows 50; exec ${process.execPath} ${main} ${args[0]} ${access} ${args.slice(1).join(' ')}${
    args[0] === 'run' ? ` --no-lock --no-typecheck -e @extra.yml -vvv --diff --profile ${reports} --output tree` : ''
  }`
  const env = {
    ...environment,
    PATH: `${join(folder, 'bin')}:${environment.PATH}`,
    AGE_IDENTITY_FILE: join(folder, 'age.key'),
    TMPDIR: join(folder, 'tmp'),
    GITHUB_ACTIONS: 'true',
    TERM: 'xterm',
  }
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, env })
  let text = ''
  child.stdout.on('data', (piece) => {
    text += piece
  })
  onStart?.(child.pid ?? 0)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })))
}

/** The canaries in all that runs may have left on this machine and on the hosts, but for the files they were to write. */
async function leaksLeft(): Promise<readonly (readonly [place: string, secrets: string[]])[]> {
  const places = '/tmp /var/tmp /run /root /home /dev/shm /var/log /etc/ceph'
  const script = `journalctl --sync; journalctl -q --no-pager -o verbose; grep -rIs '' ${places} --exclude-dir=journal || true`
  const onHosts = [one, two].map(async (host) => [host, (await onConsole(lab, host, script)).stdout] as const)
  const folders = [...['.playbook', 'tmp', 'reports'].map((name) => join(folder, name)), `${environment.HOME}/.cache`]
  const here = folders.map((path) => [path, textBelow(path)] as const)
  return [...here, ...(await Promise.all(onHosts))]
    .map(([place, text]) => [place, leaksIn(text)] as const)
    .filter(([, found]) => found.length > 0)
}

describeLab('canaries', { name: lab, hosts: [one, two] }, () => {
  beforeAll(async () => {
    const key = newKeyFile(join(keys, 'key'), 'ed25519', secrets.passphrase)
    folder = canaryProject(key)
    for (const name of ['tmp', 'reports']) mkdirSync(join(folder, name))
    for (const name of ['bin/sops', 'bin/store', 'vault-pass.sh']) chmodSync(join(folder, name), 0o700)
    for (const name of ['.env', 'more.env']) chmodSync(join(folder, name), 0o600)
    if (age)
      writeFileSync(
        join(folder, 'inventory/group_vars/all/age.yml'),
        sealedWithAge(`age: '${secrets.age}'\n`, join(folder, 'age.key')),
      )
    const keyring = `[client.canary]\n\tkey = ${secrets.keyring}\n\tnote = ${secrets.onHost}\n`
    for (const host of [one, two]) {
      const put = (path: string, text: string) => `printf %s '${text}' > ${path}`
      const passwords = `printf '%s\\n' 'operator:${secrets.login}' 'root:${secrets.become}' | chpasswd`
      const login = `cp /dev/null /etc/ssh/authorized_keys/operator; echo '${readFileSync(`${key}.pub`, 'utf8').trim()}' > /etc/ssh/authorized_keys/operator`
      // The password of root, so that it is another one than that of the login.
      const sudo = `echo 'Defaults targetpw' > /etc/sudoers.d/zz-canary`
      await onConsole(lab, host, [put('/srv/keyring', keyring), passwords, login, sudo].join('\n'))
    }
    samples = sampleProcesses()
  })
  afterAll(async () => {
    samples.stop()
    rmSync(keys, { recursive: true })
    await labDown(lab)
  })

  test('a run that does well shows none, and leaves none behind', async () => {
    const { code, text } = await everything(['run', 'canary.ts'])
    expect({ code, text }).toMatchObject({ code: 0 })
    expect(leaksIn(text)).toEqual([])
    for (const kind of ['lines', 'json']) expect(textOf(`reports/${kind}.txt`)).toContain('********')
    // They were there, or this would prove nothing.
    const written = (await onConsole(lab, one, 'cat /srv/copied /srv/keyring-copy /srv/filled')).stdout
    const { login: _, become: __, passphrase: ___, vaultPassword: ____, ...used } = secrets
    for (const [place, text] of Object.entries(used)) if (place !== 'age' || age) expect(written).toContain(text)
  })

  test.each([
    ['command', 4, /exit code 3/],
    ['template', 4, /the template uses "missing"/],
    ['argument', 4, /argument "dest"/],
    ['crash', 4, /boom/],
    ['later', 1, /a bug in ceph-playbook or in a module/],
  ])('nor does one that fails: %s', async (fail, expected, why) => {
    const { code, text } = await everything(['run', 'canary.ts', '-e', `fail=${fail}`])
    expect({ code, text }).toMatchObject({ code: expected, text: expect.stringMatching(why) })
    expect(leaksIn(text)).toEqual([])
  })

  test.each([
    [['run', 'canary.ts', '--check']],
    [['plan', 'canary.ts', '--no-typecheck', '-o', 'tmp/plan.json']],
    [['check', 'canary.ts', '--no-typecheck']],
    [['inventory', '--list']],
    [['inventory', '--graph', '--vars']],
    [['inventory', '--why', one, 'vaultValue']],
    [['exec', 'all', '--', 'cat', '/proc/self/environ']],
  ])('nor what only looks: %j', async (args) => {
    const { code, text } = await everything(args)
    expect({ code, text }).toMatchObject({ code: 0 })
    expect(leaksIn(text)).toEqual([])
  })

  test('nor one that is killed', async () => {
    const { text } = await everything(['run', 'canary.ts', '-e', 'fail=hang'], async () => {
      await until(async () => (await onConsole(lab, one, '[ -e /run/hanging ]')).code === 0)
      const [pid] = execFileSync('pgrep', ['-f', `^${process.execPath} ${main} run .*fail=hang`], {
        encoding: 'utf8',
      }).split('\n')
      process.kill(Number(pid), 'SIGKILL')
    })
    expect(leaksIn(text)).toEqual([])
  })

  describe('after all of them', () => {
    test('none is in a report, a journal, a log or a temporary folder', async () => {
      expect(await leaksLeft()).toEqual([])
    })

    test('none was in the arguments or the environment of a process', () => {
      expect(samples.found()).toContain('canary.ts')
      expect(leaksIn(samples.found())).toEqual([])
    })
  })
})
