import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { labDir } from '../../lab/paths.ts'
import { outcomeOf } from './support.ts'

/** Everything on this machine that belongs to a lab, one line each; empty when nothing does. */
export function leftovers(lab: string): string[] {
  const named = new RegExp(`(vb|lab)-${lab}\\b|ceph-playbook-${lab}-|labs/${lab}\\b|--machine=${lab}-`)
  const cgroups = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].flatMap(entries)
  const found = [
    ...lines(readFileSync('/proc/mounts', 'utf8'), 'mount'),
    ...lines(outcomeOf(['ip', '-br', 'link']).stdout, 'link'),
    ...processes().map((command) => `process ${command}`),
    ...cgroups.map((path) => `cgroup ${path}`),
    ...entries('/run/systemd/nspawn/propagate').map((path) => `${path.replace(/([a-z0-9]+-\d+)$/, '--machine=$1')}`),
  ].filter((line) => named.test(line))
  return existsSync(labDir(lab)) ? [...found, labDir(lab)] : found
}

/** The routes of this machine to a network. */
export function routesTo(subnet: string): string {
  return outcomeOf(['ip', 'route', 'show', 'root', subnet]).stdout
}

const lines = (text: string, kind: string) => text.split('\n').map((line) => `${kind} ${line}`)

const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : [])

function processes(): string[] {
  const own = [String(process.pid), String(process.ppid)]
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !own.includes(name))
  return others.map(commandLine)
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
