/** A host to jump by, as `ProxyJump` names it. */
export interface Hop {
  readonly user: string | undefined
  readonly host: string
  readonly port: number | undefined
}

/** `[user@]host[:port]` or `ssh://[user@]host[:port]`, an IPv6 address in brackets. */
export function parseHop(value: string): Hop | undefined {
  const pattern =
    /^(?:ssh:\/\/)?(?:(?<user>[^@]*)@)?(?:\[(?<address>[^\]]+)\]|(?<name>[^:@[\]]+))(?::(?<port>\d+))?\/?$/
  const { user, address, name, port: number } = pattern.exec(value.trim())?.groups ?? {}
  const host = address ?? name
  if (!host || user === '' || host.startsWith('-') || /[\s'"`$\\;&<>|()]/.test(host)) return undefined
  if (number !== undefined && (Number(number) < 1 || Number(number) > 65535)) return undefined
  return { user, host, port: number === undefined ? undefined : Number(number) }
}

/** As `parseHop` reads it. */
export function formatHop({ user, host, port }: Hop): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${user === undefined ? '' : `${user}@`}${name}${port === undefined ? '' : `:${port}`}`
}
