import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import type { Secret } from '../core/secret.ts'
import type { BecomeMethod } from './become.ts'
import { fromSettings, here } from './from-settings.ts'
import { expandHome } from './paths.ts'
import { readArguments } from './ssh-config/arguments.ts'
import { Fault } from './ssh-config/fault.ts'
import { type ConfigSource, resolveSettings } from './ssh-config/resolve.ts'
import type { Hop } from './ssh-config/values.ts'
import { type ConnectionVariables, connectionVariables, type HostKeyChecking } from './variables.ts'

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

export interface TargetOptions {
  /** Instead of `~/.ssh/config` and `/etc/ssh/ssh_config`; `none` for no file. */
  readonly sshConfig: string | undefined
  readonly agentSocket: string | undefined
}

/**
 * The way to a host: its variables first, then the options for ssh in them, then OpenSSH's configuration files.
 *
 * @throws InputError for a variable or a line of configuration that does not fit.
 */
export async function resolveTarget(host: Host, options: TargetOptions): Promise<Target> {
  const variables = connectionVariables(host)
  const given = argumentsOf(host, variables)
  const presets = [
    ...(variables.port === undefined ? [] : [`Port ${variables.port}`]),
    ...(variables.user === undefined ? [] : [`User ${quoted(variables.user)}`]),
    ...(variables.timeout === undefined ? [] : [`ConnectTimeout ${variables.timeout}`]),
    ...given.flatMap(({ presets: lines }) => lines),
  ]
  const sources = configSources(given.map(({ file }) => file).find((file) => file !== undefined) ?? options.sshConfig)
  const inherited = { sources, knownHosts: variables.knownHosts, agentSocket: options.agentSocket }
  const original = variables.address ?? host.name
  const settings = await resolveSettings(original, { sources, presets, local: here() })
  return {
    ...fromSettings(host.name, original, settings, inherited),
    password: variables.password,
    becomeMethod: variables.becomeMethod,
    becomePassword: variables.becomePassword,
    ...(variables.identityFiles.length > 0 ? { identityFiles: variables.identityFiles.map(expandHome) } : {}),
    ...(variables.hostKeyChecking ? { hostKeyChecking: variables.hostKeyChecking } : {}),
  }
}

/** A host on the way to another, as `ssh -J` finds it: by OpenSSH's configuration, with the hops before it as given. */
export async function resolveHop(hop: Hop, before: readonly Hop[], inherited: Inherited): Promise<Target> {
  const presets = [
    ...(hop.port === undefined ? [] : [`Port ${hop.port}`]),
    ...(hop.user === undefined ? [] : [`User ${quoted(hop.user)}`]),
    ...(before.length > 0 ? [`ProxyJump ${before.map(formatHop).join(',')}`] : []),
  ]
  const settings = await resolveSettings(hop.host, { sources: inherited.sources, presets, local: here() })
  return fromSettings(`jump host ${hop.host}`, hop.host, settings, inherited)
}

function argumentsOf(host: Host, { sshArguments }: ConnectionVariables) {
  try {
    return sshArguments.map(readArguments)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new InputError({
      summary: `host ${host.name}: the options for ssh in ansible_ssh_args or its like do not fit: ${error.message}`,
      location: host.origin?.('ansible_ssh_common_args') ?? host.origin?.('ansible_ssh_args'),
    })
  }
}

function configSources(file: string | undefined): readonly ConfigSource[] {
  if (file === 'none') return []
  if (file !== undefined) return [{ path: absolute(expandHome(file)), kind: 'user' }]
  return [
    { path: join(userInfo().homedir, '.ssh/config'), kind: 'user' },
    { path: '/etc/ssh/ssh_config', kind: 'system' },
  ]
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(process.cwd(), path)
}

export function formatHop({ user, host, port }: Hop): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${user === undefined ? '' : `${user}@`}${name}${port === undefined ? '' : `:${port}`}`
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
