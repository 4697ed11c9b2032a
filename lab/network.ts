import { existsSync, readdirSync } from 'node:fs'
import { z } from 'zod'
import { during, sh, trySh } from './shell.ts'
import { addressIn, type Cidr } from './subnet.ts'

/** The Linux bridge of a lab: its switch. */
export const bridgeOf = (lab: string) => `lab-${lab}`

/**
 * A bridge with the controller at address 1, and behind it a blackhole: while the bridge is down, what is meant for the
 * lab is dropped and never follows the machine's default route.
 */
export async function createNetwork(lab: string, subnet: Cidr): Promise<void> {
  const bridge = bridgeOf(lab)
  await during(`setting up the bridge ${bridge}`, async () => {
    await sh`ip route replace blackhole ${subnet} metric 4096`
    if (!existsSync(`/sys/class/net/${bridge}`)) await sh`ip link add ${bridge} type bridge`
    await sh`ip addr replace ${addressIn(subnet, 1)}/24 dev ${bridge}`
    await sh`ip link set ${bridge} up`
  })
}

/** Removes what {@link createNetwork} made, also when only a part of it is there. */
export async function removeNetwork(lab: string): Promise<void> {
  const bridge = bridgeOf(lab)
  const subnets = existsSync(`/sys/class/net/${bridge}`) ? await subnetsOf(bridge) : []
  await trySh`ip link delete ${bridge}`
  for (const subnet of subnets) await removeBlackhole(subnet)
}

export async function removeBlackhole(subnet: Cidr): Promise<void> {
  await trySh`ip route delete blackhole ${subnet} metric 4096`
}

const routes = z.array(z.object({ dst: z.string(), dev: z.string().optional() }))

/** Networks that this machine has a route to, the default route and the lab's own bridge left out. */
export async function routedNetworks(): Promise<Cidr[]> {
  const { stdout } = await sh`ip -json -4 route show`
  const known = routes.parse(JSON.parse(stdout || '[]'))
  return known.map(({ dst }) => dst).filter((dst) => dst !== 'default')
}

const addresses = z.array(z.object({ addr_info: z.array(z.object({ local: z.string() })).optional() }))

async function subnetsOf(device: string): Promise<Cidr[]> {
  const { stdout } = await sh`ip -json -4 addr show dev ${device}`
  const found = addresses.parse(JSON.parse(stdout || '[]')).flatMap(({ addr_info = [] }) => addr_info)
  return found.map(({ local }) => local.replace(/\d+$/, '0/24'))
}

/** Whether a host's cable is plugged in; undefined when it has none, because it is off. */
export function isPlugged(lab: string, octet: number): boolean | undefined {
  const cable = cableOf(lab, octet)
  if (!existsSync(`/sys/class/net/${cable}`)) return undefined
  return readdirSync(`/sys/class/net/${cable}`).includes('master')
}

/**
 * Unplugs a host from the switch. It keeps its address and link, as when a network between two sites fails: what is sent
 * vanishes, nothing is refused.
 */
export async function unplug(lab: string, octet: number): Promise<void> {
  await during('unplugging the host', () => sh`ip link set ${cableOf(lab, octet)} nomaster`)
}

export async function plug(lab: string, octet: number): Promise<void> {
  await during('plugging the host in', () => sh`ip link set ${cableOf(lab, octet)} master ${bridgeOf(lab)} up`)
}

/** A hardware address that nobody has. */
const nobody = '02:00:00:00:00:00'

/** Makes what a host sends to `addresses` vanish, as when the line to another site fails; `leader` is its PID 1. */
export async function loseRoute(leader: number, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    await sh`nsenter --target ${leader} --net ip neigh replace ${address} lladdr ${nobody} nud permanent dev host0`
  }
}

/** Undoes {@link loseRoute}. */
export async function findRoute(leader: number, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    await trySh`nsenter --target ${leader} --net ip neigh delete ${address} dev host0`
  }
}

/** The name that systemd-nspawn knows a host by; it is unique on the machine. */
export const machineOf = (lab: string, octet: number) => `${lab}-${octet}`

/** The controller's end of a host's cable, as systemd-nspawn names it; a lab's name is short so that this fits. */
const cableOf = (lab: string, octet: number) => `vb-${machineOf(lab, octet)}`
