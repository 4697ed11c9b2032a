import type { Secret } from '../core/secret.ts'
import type { BecomeMethod } from './become.ts'
import type { Hop } from './ssh-config/hop.ts'
import type { ConfigSource } from './ssh-config/resolve.ts'
import type { HostKeyChecking } from './variables.ts'

/** How the connection to sshd is made. */
export type Route =
  | { readonly kind: 'direct' }
  /** By a command whose standard input and output lead there. */
  | { readonly kind: 'command'; readonly command: string }
  /** From one to the next, the last one connects to the host. */
  | { readonly kind: 'jump'; readonly hops: readonly Hop[] }

/** Everything that is needed to reach a host by ssh and to work there. */
export interface Target {
  /** Its name in the inventory. */
  readonly name: string
  /** Host name or IP address. */
  readonly address: string
  readonly port: number
  readonly user: string
  readonly password: Secret | undefined
  readonly route: Route
  /** 0 for any, 4 or 6. */
  readonly family: 0 | 4 | 6
  readonly bindAddress: string | undefined
  /** Private keys that were asked for by name; empty: OpenSSH's default ones. */
  readonly identityFiles: readonly string[]
  /** Of the agent's keys, only those that are named as files, too. */
  readonly identitiesOnly: boolean
  /** The agent's socket. */
  readonly agentSocket: string | undefined
  /** Socket of the agent that who works on the host may use from there; undefined: none, as it is unless asked for. */
  readonly forwardedAgent: string | undefined
  readonly certificates: readonly string[]
  readonly methods: { readonly keys: boolean; readonly password: boolean; readonly keyboard: boolean }
  readonly becomeMethod: BecomeMethod
  readonly becomePassword: Secret | undefined
  /** Under which name and port its key is on file. */
  readonly hostKeyName: { readonly host: string; readonly port: number }
  /** Files with host keys; the first is the one that `accept-new` writes to. */
  readonly knownHosts: readonly string[]
  readonly hostKeyChecking: HostKeyChecking
  /** Names of new hosts are not put on file in the clear. */
  readonly hashNames: boolean
  readonly algorithms: Readonly<Record<'kex' | 'cipher' | 'hmac' | 'serverHostKey', readonly string[]>>
  /** The host key algorithms are in the order that the user wants, whatever is on file. */
  readonly hostKeyOrderFixed: boolean
  /** Seconds until a connection must stand. */
  readonly timeout: number
  /** Seconds of silence until the host is asked whether it is there; undefined: the transport's. */
  readonly keepaliveInterval: number | undefined
  readonly keepaliveCount: number | undefined
  /** For the hosts on the way. */
  readonly inherited: Inherited
}

/** What the hosts on the way have from the host they lead to. */
export interface Inherited {
  readonly sources: readonly ConfigSource[]
  readonly knownHosts: readonly string[]
  readonly agentSocket: string | undefined
}
