import { createHash } from 'node:crypto'
import { Fault } from './fault.ts'

/** What the tokens of ssh_config(5) stand for, by their letters. */
export type Tokens = Readonly<Record<string, string>>

export interface TokenSource {
  readonly host: string
  readonly original: string
  readonly port: string
  readonly user: string
  readonly hostKeyAlias: string | undefined
  readonly jumpHost: string
  readonly local: Local
}

/** Who and where we are. */
export interface Local {
  readonly user: string
  readonly uid: number
  readonly home: string
  readonly hostname: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export function tokensOf({ host, original, port, user, hostKeyAlias, jumpHost, local }: TokenSource): Tokens {
  return {
    '%': '%',
    h: host,
    n: original,
    p: port,
    r: user,
    u: local.user,
    d: local.home,
    i: String(local.uid),
    k: hostKeyAlias ?? original,
    l: local.hostname,
    L: local.hostname.replace(/\..*/, ''),
    j: jumpHost,
    C: createHash('sha1')
      .update(local.hostname + host + port + user)
      .digest('hex'),
  }
}

/** Fills tokens in; throws a Fault for one that stands for nothing. */
export function fillTokens(text: string, tokens: Tokens): string {
  return text.replace(/%(.?)/gs, (token, letter: string) => {
    const value = tokens[letter]
    if (value === undefined) throw new Fault(`"${token}" stands for nothing here`)
    return value
  })
}

/** Fills in `${NAME}` from the environment; throws a Fault for a variable that is not set, as OpenSSH does. */
export function fillEnvironment(text: string, env: Local['env']): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = env[name]
    if (value === undefined) throw new Fault(`the environment variable ${name} is not set`)
    return value
  })
}
