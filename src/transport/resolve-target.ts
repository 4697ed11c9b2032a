import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import { fromSettings, here } from './from-settings.ts'
import { expandHome } from './paths.ts'
import { readArguments } from './ssh-config/arguments.ts'
import { Fault } from './ssh-config/fault.ts'
import { formatHop, type Hop } from './ssh-config/hop.ts'
import { type ConfigSource, resolveSettings } from './ssh-config/resolve.ts'
import type { Inherited, Target } from './target.ts'
import { type ConnectionVariables, connectionVariables } from './variables.ts'

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

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
