/** Where something listens. */
export interface Port {
  readonly host: string
  readonly port: number
}

/** `v2:10.0.0.1:3300/0`, `10.0.0.1:6789/0`, `[fd00::1]:6789`: the host and port; undefined for what has no port. */
export function portOf(address: string): Port | undefined {
  const [, bracketed, plain, port] =
    /^(?:v[12]:)?(?:\[([^\]]+)\]|([^:/[\]]+)):(\d+)(?:\/\d+)?$/.exec(address.trim()) ?? []
  const host = bracketed ?? plain
  return host === undefined || port === undefined ? undefined : { host, port: Number(port) }
}

/** The ports in a list of monitors as `mon host` has it: `[v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0],10.0.0.2:6789`. */
export function portsIn(monHost: string): Port[] {
  const unwrapped = monHost.replaceAll(/\[(v[12]:[^\][]*(?:\[[^\]]*\][^\][]*)*)\]/g, '$1')
  return unwrapped.split(/[,\s]+/).flatMap((address) => portOf(address) ?? [])
}
