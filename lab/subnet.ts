import { createHash } from 'node:crypto'
import { InputError } from '../src/core/errors.ts'

/** An IPv4 network, as `10.96.3.0/24`. */
export type Cidr = string

const subnetPattern = /^10\.(\d{1,3})\.(\d{1,3})\.0\/24$/

/** The `attempt`th choice of network for a lab: spread over 10.64–10.191, and always the same for the same name. */
export function subnetFor(lab: string, attempt = 0): Cidr {
  const digest = createHash('sha256')
    .update(attempt === 0 ? lab : `${lab} ${attempt}`)
    .digest()
  return `10.${64 + (digest.readUInt8(0) % 128)}.${digest.readUInt8(1)}.0/24`
}

/** The first of a lab's choices that overlaps none of `taken`. */
export function freeSubnet(lab: string, taken: readonly Cidr[]): Cidr {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const subnet = subnetFor(lab, attempt)
    if (!taken.some((other) => overlap(subnet, other))) return subnet
  }
  throw new InputError({ summary: 'this machine has routes to all of 10.64.0.0 to 10.191.255.255, no room for a lab' })
}

/** Refuses a subnet that the lab cannot use. */
export function checkSubnet(subnet: Cidr, taken: readonly Cidr[]): void {
  const octets = subnetPattern.exec(subnet)?.slice(1)
  if (!octets?.every((octet) => Number(octet) < 256)) {
    throw new InputError({ summary: `--subnet ${subnet}: expected the form 10.X.Y.0/24` })
  }
  const other = taken.find((cidr) => overlap(subnet, cidr))
  if (other)
    throw new InputError({ summary: `the subnet ${subnet} overlaps ${other}, which this machine uses already` })
}

/** `addressIn('10.96.3.0/24', 11)` is `10.96.3.11`. */
export function addressIn(subnet: Cidr, octet: number): string {
  return subnet.replace(/0\/24$/, String(octet))
}

export function overlap(a: Cidr, b: Cidr): boolean {
  const [one, two] = [range(a), range(b)]
  return one.first <= two.last && two.first <= one.last
}

function range(cidr: Cidr): { first: number; last: number } {
  const [address = '', length = '32'] = cidr.split('/')
  const number = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const size = 2 ** (32 - Number(length))
  const first = Math.floor(number / size) * size
  return { first, last: first + size - 1 }
}
