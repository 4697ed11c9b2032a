import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../src/core/errors.ts'
import { type Credentials, credentials, writeKnownHosts } from './access.ts'
import { eachLimited } from './async.ts'
import { boot } from './boot.ts'
import { withCacheLock } from './cache.ts'
import { checkDiskPlace, makeDisk } from './disk.ts'
import type { Progress } from './error.ts'
import { powerOf, powerOff } from './host.ts'
import { writeInventory } from './inventory.ts'
import { layers } from './layers.ts'
import { withLock } from './lock.ts'
import { createNetwork, removeBlackhole, removeNetwork, routedNetworks } from './network.ts'
import { labDir, labFiles, labsRoot, stateRoot } from './paths.ts'
import { removeFolder } from './remove.ts'
import { makeRoomForHosts, requireLabMachine, requireRoot } from './requirements.ts'
import { type LabState, labNames, readState, writeState } from './state.ts'
import { type Cidr, checkSubnet, freeSubnet } from './subnet.ts'
import { filterHosts, hostsOf, type LabHost, topology as standardTopology, type Topology } from './topology.ts'

export interface LabUp {
  /** 1 to 8 lower-case letters and digits, a letter first: names of network devices are made of it. */
  readonly name: string
  /** `10.X.Y.0/24`; by default one that is derived from the name and free. */
  readonly subnet?: Cidr | undefined
  /** What stands where; the standard lab by default. */
  readonly topology?: Topology | undefined
  /** Only these sites, by name. */
  readonly sites?: readonly string[] | undefined
  /** Only these hosts, by name. */
  readonly hosts?: readonly string[] | undefined
}

export interface Lab {
  readonly name: string
  readonly subnet: Cidr
  readonly hosts: readonly LabHost[]
  /** Paths of the files that its users need. */
  readonly files: ReturnType<typeof labFiles>
}

/**
 * Boots a lab, or those of its hosts that are off; what runs is left alone, and disks are kept.
 * @throws InputError when this machine cannot have it, LabError when a step fails.
 */
export async function labUp(wanted: LabUp, progress: Progress = () => {}): Promise<Lab> {
  checkName(wanted.name)
  await requireLabMachine(progress)
  await makeRoomForHosts()
  return withLabLock(wanted.name, async () => {
    const known = await readState(wanted.name)
    const hosts = hostsOf(known ? checkSame(known, wanted) : select(wanted))
    const flavours = [...new Set(hosts.map(({ flavour }) => flavour))]
    const missing = flavours.some((flavour) => !known?.layers[flavour])
    const trees = missing ? await withCacheLock(() => layers(flavours, progress)) : undefined
    const state = known ?? (await create(wanted))
    const lab = { ...state, layers: { ...trees, ...state.layers } }
    await writeState(lab)
    await createNetwork(lab.name, lab.subnet)
    const own = await credentials(lab.name)
    await bootAll(lab, own, progress)
    await writeKnownHosts(lab.name, lab.subnet, lab.topology)
    await writeInventory(lab.name, lab.subnet, lab.topology)
    return describe(lab)
  })
}

/** Ends a lab and removes everything it had on this machine; also what a crash left of one. */
export async function labDown(name: string): Promise<void> {
  checkName(name)
  requireRoot()
  await withLabLock(name, async () => {
    const state = await readState(name)
    const hosts = state ? hostsOf(state.topology) : []
    await eachLimited(hosts, hosts.length, (host) => powerOff(name, host))
    await removeNetwork(name)
    if (state) await removeBlackhole(state.subnet)
    await removeFolder(labDir(name))
  })
}

export const describe = ({ name, subnet, topology }: LabState): Lab => ({
  name,
  subnet,
  hosts: hostsOf(topology),
  files: labFiles(name),
})

async function bootAll(lab: LabState, own: Credentials, progress: Progress): Promise<void> {
  const off = hostsOf(lab.topology).filter(({ name }) => ['off', 'booting'].includes(powerOf(lab.name, name)))
  if (off.length === 0) return
  progress(`booting ${off.map(({ name }) => name).join(', ')}`)
  await eachLimited(off, availableParallelism() * 2, async (host) => {
    const trees = lab.layers[host.flavour]
    if (!trees?.lower.every((tree) => existsSync(tree))) throw new InputError(lostTrees(lab.name, host))
    await makeDisk(lab, host, trees, own)
    await boot(lab, host, trees)
  })
}

const lostTrees = (lab: string, { name }: LabHost) => ({
  summary: `the tree that ${name}'s disk was laid over has been removed from the cache`,
  hint: `playbook lab down --name ${lab}, then up: the disks of this lab are lost`,
})

/** Chooses the subnet and notes the lab, so that no other lab takes the same and `down` knows of it from now on. */
async function create(wanted: LabUp): Promise<LabState> {
  return withLock(join(stateRoot(), 'lock'), async () => {
    await mkdir(labsRoot(), { recursive: true, mode: 0o755 })
    await checkDiskPlace(labsRoot())
    await removeNetwork(wanted.name)
    const others = await Promise.all((await labNames()).map(readState))
    const taken = [...(await routedNetworks()), ...others.flatMap((other) => other?.subnet ?? [])]
    if (wanted.subnet) checkSubnet(wanted.subnet, taken)
    const subnet = wanted.subnet ?? freeSubnet(wanted.name, taken)
    const state: LabState = { name: wanted.name, subnet, topology: select(wanted), layers: {} }
    await writeState(state)
    return state
  })
}

function select({ topology = standardTopology, sites, hosts }: LabUp): Topology {
  const all = hostsOf(topology)
  refuseUnknown('site', sites, [...new Set(all.map(({ site }) => site))])
  refuseUnknown(
    'host',
    hosts,
    all.map(({ name }) => name),
  )
  return filterHosts(topology, ({ name, site }) => (!sites || sites.includes(site)) && (!hosts || hosts.includes(name)))
}

/** A lab that exists keeps its hosts and its subnet. */
function checkSame(known: LabState, wanted: LabUp): Topology {
  const { name, subnet, topology } = known
  if (wanted.subnet && wanted.subnet !== subnet) {
    throw new InputError({ summary: `the lab ${name} is on ${subnet}`, hint: `playbook lab down --name ${name} first` })
  }
  const has = hostsOf(topology).map((host) => host.name)
  const asked =
    wanted.hosts ?? (wanted.sites || wanted.topology ? hostsOf(select(wanted)).map((host) => host.name) : has)
  const more = asked.filter((host) => !has.includes(host))
  if (more.length === 0) return topology
  throw new InputError({
    summary: `the lab ${name} was made without ${more.join(', ')}`,
    hint: `playbook lab down --name ${name} first, or choose another name`,
  })
}

function refuseUnknown(what: string, asked: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = asked?.filter((name) => !known.includes(name)) ?? []
  if (unknown.length > 0) {
    throw new InputError({ summary: `no ${what} ${unknown.join(', ')} in the lab; there are ${known.join(', ')}` })
  }
}

function checkName(name: string): void {
  if (/^[a-z][a-z0-9]{0,7}$/.test(name)) return
  throw new InputError({
    summary: `"${name}" cannot be a lab's name: 1 to 8 lower-case letters and digits, a letter first`,
  })
}

const withLabLock = <T>(name: string, work: () => Promise<T>) => withLock(join(stateRoot(), 'locks', name), work)
