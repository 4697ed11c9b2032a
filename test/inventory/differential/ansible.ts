import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const tool = '/usr/bin/ansible-inventory'

const scripts = join(import.meta.dirname, '../../fixtures/inventory')

/** Debian's ansible-core, installed when we may; otherwise why the comparison cannot be made. */
export function ansibleMissing(): string | undefined {
  if (existsSync(tool)) return undefined
  if (process.getuid?.() !== 0) return 'ansible-core is not installed, and only root may install it'
  try {
    const options = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', 'ansible-core']
    execFileSync('apt-get', options, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    return existsSync(tool) ? undefined : 'apt-get has no ansible-core'
  } catch {
    return 'ansible-core is not installed, and apt-get could not install it'
  }
}

/** Runs a program of Ansible away from any configuration of this machine; gives its standard output. */
export function ansible(home: string, program: string, args: readonly string[], input = ''): Promise<string> {
  const cwd = join(home, 'empty')
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(home, 'ansible.cfg'), '')
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_CONFIG: join(home, 'ansible.cfg'),
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_LOCALHOST_WARNING: 'False',
  }
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}: ${stderr || error.message}`))
      else resolve(stdout)
    })
    child.stdin?.end(input)
  })
}

/** What `ansible-inventory` answers to each of these argument lists: its JSON, or what it said when it failed. */
export async function ansibleInventories(
  home: string,
  calls: readonly (readonly string[])[],
): Promise<readonly unknown[]> {
  const jobs = calls.map((args, index) => ({ args, output: join(home, `${index}.json`) }))
  await ansible(home, '/usr/bin/python3', [join(scripts, 'ansible_inventory_many.py')], JSON.stringify(jobs))
  return jobs.map(({ output }) => {
    if (existsSync(output)) return JSON.parse(readFileSync(output, 'utf8'))
    return ['.error', '.stderr']
      .map((end) => output + end)
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'))
  })
}

/** The names of the hosts that Ansible selects for each pattern. */
export async function ansibleSelections(
  home: string,
  source: string,
  patterns: readonly string[],
): Promise<readonly unknown[]> {
  const input = JSON.stringify({ source, patterns })
  return JSON.parse(await ansible(home, '/usr/bin/python3', [join(scripts, 'ansible_select.py')], input))
}

/** The rendered values of these variables of hosts. */
export async function ansibleValues(
  home: string,
  source: string,
  hosts: Readonly<Record<string, readonly string[]>>,
): Promise<unknown> {
  const input = JSON.stringify({ source, hosts })
  return JSON.parse(await ansible(home, '/usr/bin/python3', [join(scripts, 'ansible_values.py')], input))
}
