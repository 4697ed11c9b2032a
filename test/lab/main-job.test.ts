import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { cutHost, hostsOf, labDown, labFiles, mendHost, topology } from '../../lab/index.ts'
import { main, type Outcome, playbook, project, root } from '../cli/support.ts'
import { describeLab, onConsole } from './support.ts'

const name = 'main'
const pool = 'mirror-pool-test'
const bothSites = ['new-site.ts', 'bidirectional.ts']
const hosts = hostsOf(topology).map((host) => host.name)

/** Everything that any run here printed, at the highest verbosity. */
const printed: string[] = []
/** Command lines and environments of all processes of this machine, which those of the lab's hosts are among. */
const seen = new Set<string>()

function playbookPath(file: string): string {
  return join(root, 'playbooks', file)
}

function run(folder: string, file: string, ...args: string[]): Outcome {
  const outcome = playbook(folder, [
    'run',
    playbookPath(file),
    '-i',
    'inventory.yml',
    '--no-typecheck',
    '-vvv',
    ...args,
  ])
  printed.push(outcome.stdout, outcome.stderr)
  return outcome
}

/** A folder with the lab's inventory, changed as asked. */
function folderWith(change: (inventory: string) => string = (text) => text, files: Record<string, string> = {}) {
  const inventory = change(readFileSync(labFiles(name).inventory, 'utf8'))
  return project({ ...files, 'inventory.yml': inventory })
}

/** Runs a playbook and kills it with SIGKILL after a while. Tells whether it was still running then. */
function killedAfter(folder: string, file: string, milliseconds: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const args = [main, 'run', playbookPath(file), '-i', 'inventory.yml', '--no-typecheck', '-vvv']
    const child = spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } })
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
    child.stdout.on('data', (data) => printed.push(String(data)))
    child.stderr.on('data', (data) => printed.push(String(data)))
    child.on('error', reject)
    child.on('close', (_, signal) => {
      clearTimeout(timer)
      resolve(signal === 'SIGKILL')
    })
  })
}

function watchProcesses(): void {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    for (const file of ['cmdline', 'environ']) {
      try {
        seen.add(readFileSync(`/proc/${pid}/${file}`, 'utf8'))
      } catch {
        // It has ended.
      }
    }
  }
}

async function rbdOn(site: string, command: string) {
  const { stdout } = await onConsole(name, `${site}-storage-1`, command)
  return JSON.parse(stdout)
}

/** `changed=` of every host in the recap. */
function changedIn(output: string): string[] {
  return [...output.matchAll(/^(\S+) +: .*\bchanged=(\d+)/gm)].map(([, host, count]) => `${host}=${count}`)
}

function nothingChanged(output: string): boolean {
  const changed = changedIn(output)
  return changed.length > 0 && changed.every((entry) => entry.endsWith('=0'))
}

describeLab('the main job, from bare hosts', { name }, () => {
  let watch: NodeJS.Timeout
  beforeAll(() => {
    watch = setInterval(watchProcesses, 150)
  })
  afterAll(async () => {
    clearInterval(watch)
    await labDown(name)
  })

  test('killed ten times at random moments, plain runs end in a pair that works', async () => {
    const folder = folderWith()
    const waits: number[] = []
    for (let at = 0; waits.length < 10; ) {
      const wait = 1500 + Math.random() * 9000
      if (await killedAfter(folder, bothSites[at % 2] ?? '', wait)) waits.push(Math.round(wait))
      else at++
    }
    process.stdout.write(`killed after ${waits.join(', ')} ms\n`)
    for (const file of bothSites) expect(run(folder, file)).toMatchObject({ code: 0 })
    for (const site of ['east', 'west']) {
      const info = await rbdOn(site, `rbd mirror pool info ${pool} --format json`)
      expect(info).toMatchObject({ mode: 'pool', site_name: site })
      const osds = await rbdOn(site, 'ceph osd stat --format json')
      expect(osds).toMatchObject({ num_osds: 1, num_up_osds: 1 })
    }
  })

  test('a second run changes nothing', () => {
    const folder = folderWith()
    for (const file of bothSites) {
      const { code, stdout } = run(folder, file)
      expect({ code, changed: changedIn(stdout).filter((entry) => !entry.endsWith('=0')) }).toEqual({
        code: 0,
        changed: [],
      })
    }
  })

  test('data arrives both ways', () => {
    const { code, stdout } = run(folderWith(), 'verify.ts')
    expect(code).toBe(0)
    expect(stdout).toMatch(/east → west: .* sha256 [0-9a-f]{64} on both sites/)
    expect(stdout).toMatch(/west → east: .* sha256 [0-9a-f]{64} on both sites/)
  })

  test('packages came by apt in the east, and by yum in the west', async () => {
    const apt = await onConsole(
      name,
      'east-mirror-1',
      'dpkg -s rbd-mirror; grep -h Commandline /var/log/apt/history.log',
    )
    expect(apt.stdout).toMatch(/install ok installed[\s\S]*apt-get .*rbd-mirror/)
    const yum = await onConsole(name, 'west-mirror-1', 'rpm -q rbd-mirror && dnf history info last')
    expect(yum.stdout).toMatch(/rbd-mirror-\d/)
  })

  test('a user with a password for sudo does the same, the password given once in .env', () => {
    const asOperator = (text: string) => text.replace(/ansible_user: root/, 'ansible_user: operator')
    const password = readFileSync(labFiles(name).operatorPassword, 'utf8').trim()
    const folder = folderWith(asOperator)
    writeFileSync(join(folder, '.env'), `PLAYBOOK_BECOME_PASSWORD=${password}\n`, { mode: 0o600 })
    const { code, stdout } = run(folder, 'bidirectional.ts')
    expect({ code, nothing: nothingChanged(stdout) }).toEqual({ code: 0, nothing: true })
  })

  test('a wrong password for sudo is told as such', () => {
    const folder = folderWith((text) => text.replace(/ansible_user: root/, 'ansible_user: operator'))
    writeFileSync(join(folder, '.env'), 'PLAYBOOK_BECOME_PASSWORD=not-the-password\n', { mode: 0o600 })
    const { code, stdout } = run(folder, 'bidirectional.ts')
    expect(code).toBe(3)
    expect(stdout).toMatch(/password/)
    expect(stdout).not.toContain('not-the-password')
  })

  test('an unknown and a changed host key are refused, and other hosts go on', () => {
    const say = `
import { command, play, playbook, task } from 'ceph-playbook'
export default playbook({
  name: 'say',
  plays: [play({ name: 'say', hosts: 'east', tasks: [task('look', command({ argv: ['true'], changes: false }))] })],
})
`
    const known = readFileSync(labFiles(name).knownHosts, 'utf8').split('\n').filter(Boolean)
    const address = (host: string) =>
      new RegExp(`${host}:\\n\\s+ansible_host: (\\S+)`).exec(readFileSync(labFiles(name).inventory, 'utf8'))?.[1] ?? ''
    const without = known.filter((line) => !line.includes(address('east-mirror-1')))
    const swapped = without.map((line) =>
      line.startsWith(`${address('east-mirror-2')} `) ? swapKey(line, known, address('west-mirror-1')) : line,
    )
    const folder = project({ 'say.ts': say, known: `${swapped.join('\n')}\n` })
    const inventory = readFileSync(labFiles(name).inventory, 'utf8').replace(
      /ansible_ssh_known_hosts_file: .*/,
      `ansible_ssh_known_hosts_file: ${folder}/known`,
    )
    writeFileSync(join(folder, 'inventory.yml'), inventory)
    const { code, stdout } = playbook(folder, ['run', 'say.ts', '--no-typecheck'])
    expect(code).toBe(3)
    expect(stdout).toMatch(/east-mirror-1[\s\S]*SHA256:[\s\S]*ssh-keyscan/)
    expect(stdout).toMatch(/east-mirror-2[\s\S]*changed/i)
    expect(stdout).toMatch(/east-storage-1 +: ok=1/)
  })

  test('a host that is cut off is unreachable, and the others go on', async () => {
    await cutHost(name, 'east-mirror-2')
    const quick = (text: string) => text.replace(/ansible_user: root/, 'ansible_user: root\n    ansible_timeout: 3')
    const { code, stdout } = run(folderWith(quick), 'bidirectional.ts')
    await mendHost(name, 'east-mirror-2')
    expect(code).toBe(3)
    expect(stdout).toMatch(/east-mirror-2 +: .*unreachable=1/)
    expect(stdout).toMatch(/west-mirror-1 +: .*unreachable=0 +failed=0/)
  })

  test('no key was printed, or seen among processes, or left in a file that others can read', async () => {
    const keys: string[] = []
    for (const site of ['east', 'west']) {
      const { auth_dump: dump } = await rbdOn(site, 'ceph auth ls --format json')
      keys.push(...dump.map(({ key }: { key: string }) => key))
    }
    expect(keys.length).toBeGreaterThan(6)
    const everything = printed.join('\n')
    const processes = [...seen].join('\n')
    expect(processes).toContain('ceph')
    for (const key of keys) {
      expect(everything.includes(key)).toBe(false)
      expect(processes.includes(key)).toBe(false)
    }
    for (const host of hosts) {
      const left = await onConsole(
        name,
        host,
        `find / -xdev -name '*.playbook-*' 2>/dev/null; find /etc/ceph /var/lib/ceph /tmp /var/tmp /root -xdev -type f -perm /0077 2>/dev/null | xargs -r grep -l 'key *= *AQ' 2>/dev/null; true`,
      )
      expect({ host, left: left.stdout }).toEqual({ host, left: '' })
    }
  })
})

/** A line of known_hosts with the key of another host. */
function swapKey(line: string, known: readonly string[], other: string): string {
  const [address, type] = line.split(' ')
  const foreign = known.find((entry) => entry.startsWith(`${other} ${type} `))
  return `${address} ${foreign?.split(' ').slice(1).join(' ')}`
}
