import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { diagnose, InputError } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import { fromSettings, here } from './from-settings.ts'
import { expandHome } from './paths.ts'
import { readArguments } from './ssh-config/arguments.ts'
import { Fault } from './ssh-config/fault.ts'
import { formatHop, type Hop } from './ssh-config/hop.ts'
import { type ConfigSource, type Preset, resolveSettings } from './ssh-config/resolve.ts'
import type { Inherited, Target } from './target.ts'
import { connectionVariables, type SshArgumentsVariable } from './variables.ts'

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
  const own = (text: string): Preset => ({ text, source: `host ${host.name}: its variables`, location: undefined })
  const given = variables.sshArguments.map((argument) => argumentsOf(host, argument))
  const presets = [
    ...(variables.port === undefined ? [] : [own(`Port ${variables.port}`)]),
    ...(variables.user === undefined ? [] : [own(`User ${quoted(variables.user)}`)]),
    ...(variables.timeout === undefined ? [] : [own(`ConnectTimeout ${variables.timeout}`)]),
    ...given.flatMap(({ presets: lines }) => lines),
  ]
  const sources = configSources(given.map(({ file }) => file).find((file) => file !== undefined) ?? options.sshConfig)
  const inherited = { sources, knownHosts: variables.knownHosts, agentSocket: options.agentSocket }
  const original = variables.address ?? host.name
  const settings = await resolveSettings(original, { sources, presets, local: here() })
  return {
    ...named(`host ${host.name}`, () => fromSettings(host.name, original, settings, inherited)),
    password: variables.password,
    becomeMethod: variables.becomeMethod,
    becomePassword: variables.becomePassword,
    ...(variables.identityFiles.length > 0 ? { identityFiles: variables.identityFiles.map(expandHome) } : {}),
    ...(variables.hostKeyChecking ? { hostKeyChecking: variables.hostKeyChecking } : {}),
  }
}

/** A host on the way to another, as `ssh -J` finds it: by OpenSSH's configuration, with the hops before it as given. */
export async function resolveHop(hop: Hop, before: readonly Hop[], inherited: Inherited): Promise<Target> {
  const name = `jump host ${hop.host}`
  const lines = [
    ...(hop.port === undefined ? [] : [`Port ${hop.port}`]),
    ...(hop.user === undefined ? [] : [`User ${quoted(hop.user)}`]),
    ...(before.length > 0 ? [`ProxyJump ${before.map(formatHop).join(',')}`] : []),
  ]
  const presets = lines.map((text): Preset => ({ text, source: name, location: undefined }))
  const settings = await resolveSettings(hop.host, { sources: inherited.sources, presets, local: here() })
  return named(name, () => fromSettings(name, hop.host, settings, inherited))
}

/** Says of whom the settings are that do not fit: they may come from a file that is for all hosts. */
function named<T>(who: string, task: () => T): T {
  try {
    return task()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError({ ...diagnose(error), summary: `${who}: ${error.message}` })
  }
}

function argumentsOf(host: Host, { name, text, location }: SshArgumentsVariable) {
  const source = `host ${host.name}: ${name}`
  try {
    const { presets, file } = readArguments(text)
    return { presets: presets.map((line): Preset => ({ text: line, source, location })), file }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new InputError({ summary: `${source}: ${error.message}`, location })
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
