import { z } from 'zod'
import { type Command, cmd } from '../core/command.ts'
import { CommandFailed, UnexpectedOutput } from '../core/errors.ts'
import type { Look } from '../core/look.ts'
import { defineModule } from '../core/module.ts'
import type { ModuleCall } from '../core/task.ts'
import { type CephVersion, parseVersion } from './ceph/version.ts'

export interface Distribution {
  /** As in os-release(5): `debian`, `rocky`. */
  readonly id: string
  /** `12`, `9.4`; undefined for one that has no versions. */
  readonly version: string | undefined
  readonly codename: string | undefined
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string
}

/** What can be known of a host without changing it. */
export interface Facts {
  readonly distribution: Distribution
  readonly osFamily: 'debian' | 'redhat' | 'suse' | 'alpine' | 'arch' | 'other'
  /** The kernel's release: `6.1.0-18-amd64`. */
  readonly kernel: string
  /** As `uname -m` says it: `x86_64`. */
  readonly architecture: string
  /** Processors that are online. */
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Those that others can reach it by, IPv4 and IPv6, without the length of the prefix. */
  readonly addresses: readonly string[]
  /** The name that the host gives itself. */
  readonly hostname: string
  /** Undefined where Ceph is not installed. */
  readonly ceph: CephVersion | undefined
}

export const factNames = [
  'distribution',
  'osFamily',
  'kernel',
  'architecture',
  'cpus',
  'memory',
  'addresses',
  'hostname',
  'ceph',
] as const satisfies readonly (keyof Facts)[]

export type FactName = (typeof factNames)[number]

const gather = defineModule({
  name: 'facts',
  description: 'What a host is, as output; only what is asked for is looked at, once a run and together with the rest.',
  args: z.strictObject({ only: z.array(z.enum(factNames)).min(1).describe('what is wanted') }),
  absent: undefined,
  scope: 'host',

  async read({ only }, look): Promise<Partial<Facts> | undefined> {
    const known = await Promise.all(only.map(async (name) => [name, await readers[name](look)] as const))
    return Object.fromEntries(known)
  },

  plan: () => [],
  output: (_, have) => have,
})

/** Facts of a host, typed by what is asked for: `facts({ only: ['distribution', 'memory'] })`. */
export const facts = Object.assign(
  <Name extends FactName>(args: { readonly only: readonly Name[] }) =>
    gather({ only: [...args.only] }) as ModuleCall<Pick<Facts, Name>>,
  { definition: gather.definition },
)

const osRelease = cmd`cat /etc/os-release`
const memoryInfo = cmd`cat /proc/meminfo`
const processors = cmd`getconf _NPROCESSORS_ONLN`
const cephVersion = { ...cmd`ceph --version`, fact: true }

/** POSIX: a shell's exit code for a command that is not there. */
const notFound = 127

const readers: { readonly [Name in FactName]: (look: Look) => Promise<Facts[Name]> } = {
  distribution: async (look) => distributionOf(await fact(look, osRelease)),
  osFamily: async (look) => familyOf(await fact(look, osRelease)),
  kernel: (look) => fact(look, cmd`uname -r`),
  architecture: (look) => fact(look, cmd`uname -m`),
  cpus: async (look) => numberIn(processors, await fact(look, processors), /^(\d+)$/),
  memory: async (look) => 1024 * numberIn(memoryInfo, await fact(look, memoryInfo), /^MemTotal:\s+(\d+) kB$/m),
  addresses: async (look) => addressesIn(await fact(look, cmd`ip -o address show scope global`)),
  hostname: (look) => fact(look, cmd`uname -n`),
  ceph: async (look) => {
    const result = await look.run(cephVersion)
    if (result.code === notFound) return undefined
    if (result.code !== 0) throw new CommandFailed(cephVersion, result)
    const version = parseVersion(result.stdout)
    if (!version) throw new UnexpectedOutput(cephVersion, 'the version of Ceph', result.stdout)
    return version
  },
}

async function fact(look: Look, command: Command): Promise<string> {
  return (await look.text({ ...command, fact: true })).trim()
}

/** os-release(5): `NAME=value` as a shell reads it. */
function valuesIn(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').flatMap((line) => [/^(\w+)=(["']?)(.*)\2$/.exec(line.trim()) ?? []])
  return new Map(lines.map(([, name = '', , value = '']) => [name, value.replace(/\\(.)/g, '$1')]))
}

function distributionOf(text: string): Distribution {
  const values = valuesIn(text)
  const id = values.get('ID') ?? 'linux'
  return {
    id,
    version: values.get('VERSION_ID'),
    codename: values.get('VERSION_CODENAME'),
    name: values.get('PRETTY_NAME') ?? id,
  }
}

const families = {
  debian: 'debian',
  rhel: 'redhat',
  fedora: 'redhat',
  suse: 'suse',
  alpine: 'alpine',
  arch: 'arch',
} as const

function familyOf(text: string): Facts['osFamily'] {
  const values = valuesIn(text)
  const related = [values.get('ID') ?? '', ...(values.get('ID_LIKE') ?? '').split(' ')]
  const known = Object.entries(families).find(([id]) => related.includes(id))
  return known?.[1] ?? 'other'
}

/** Lines as `2: eth0    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0`. */
function addressesIn(text: string): string[] {
  return [...text.matchAll(/^\d+: \S+\s+inet6? ([^/\s]+)/gm)].flatMap(([, address]) => address ?? [])
}

function numberIn(command: Command, text: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(text) ?? []
  if (digits === undefined) throw new UnexpectedOutput(command, 'a number', text)
  return Number(digits)
}
