import { hostname, userInfo } from 'node:os'
import { InputError } from '../core/errors.ts'
import { algorithms } from './algorithms.ts'
import { expandHome } from './paths.ts'
import { Fault } from './ssh-config/fault.ts'
import { parseHop } from './ssh-config/hop.ts'
import type { Settings } from './ssh-config/resolve.ts'
import { fillEnvironment, fillTokens, type Local, tokensOf } from './ssh-config/tokens.ts'
import type { Inherited, Route, Target } from './target.ts'

/** OpenSSH's own files, in its order. */
const userKnownHosts = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
const systemKnownHosts = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

/** Our view of the values of ssh_config for a host. */
export function fromSettings(name: string, original: string, settings: Settings, inherited: Inherited): Target {
  const view = viewOf(original, settings)
  const { first, address, port } = view
  const alias = first('hostkeyalias')
  const agentSocket = agentOf(first('identityagent'), inherited.agentSocket, view.path)
  return {
    name,
    address,
    port,
    user: view.user,
    password: undefined,
    route: view.route,
    family: families[first('addressfamily') ?? 'any'] ?? 0,
    bindAddress: first('bindaddress'),
    identityFiles: view.files('identityfile') ?? [],
    identitiesOnly: first('identitiesonly') === 'yes',
    agentSocket,
    forwardedAgent: forwardedAgentOf(first('forwardagent'), agentSocket, view.path),
    certificates: view.files('certificatefile') ?? [],
    methods: methodsOf(settings),
    becomeMethod: 'sudo',
    becomePassword: undefined,
    hostKeyName: alias === undefined ? { host: address, port } : { host: alias, port: 22 },
    knownHosts: knownHostsOf(inherited, view.files),
    hostKeyChecking: ['false', 'accept-new'].includes(first('stricthostkeychecking') ?? '') ? 'accept-new' : 'strict',
    hashNames: first('hashknownhosts') === 'yes',
    algorithms: {
      kex: algorithms('kexalgorithms', first('kexalgorithms')),
      cipher: algorithms('ciphers', first('ciphers')),
      hmac: algorithms('macs', first('macs')),
      serverHostKey: algorithms('hostkeyalgorithms', first('hostkeyalgorithms')),
    },
    hostKeyOrderFixed: /^[^+^-]/.test(first('hostkeyalgorithms') ?? ''),
    timeout: seconds(first('connecttimeout')) ?? 10,
    keepaliveInterval: seconds(first('serveraliveinterval')),
    keepaliveCount: seconds(first('serveralivecountmax')),
    inherited,
  }
}

const families: Readonly<Record<string, 0 | 4 | 6>> = { any: 0, inet: 4, inet6: 6 }

export function here(): Local {
  const { username, uid, homedir: home } = userInfo()
  return { user: username, uid, home, hostname: hostname(), env: process.env }
}

/** The values with their tokens filled in. */
function viewOf(original: string, settings: Settings) {
  const first = (keyword: string) => settings.get(keyword)?.[0]
  const local = here()
  const address = first('hostname') ?? original
  const port = Number(first('port') ?? 22)
  const user = first('user') ?? local.user
  const route = routeOf(settings)
  const jumpHost = route.kind === 'jump' ? (route.hops.at(-1)?.host ?? '') : ''
  const hostKeyAlias = first('hostkeyalias')
  const tokens = tokensOf({ host: address, original, port: String(port), user, hostKeyAlias, jumpHost, local })
  const fill = (text: string) => withPlace(text, () => fillTokens(text, tokens))
  const path = (text: string) => withPlace(text, () => expandHome(fillTokens(fillEnvironment(text, local.env), tokens)))
  return {
    first,
    address,
    port,
    user,
    path,
    route: route.kind === 'command' ? { ...route, command: fill(route.command) } : route,
    files: (keyword: string) =>
      settings
        .get(keyword)
        ?.filter((file) => file !== 'none')
        .map(path),
  }
}

function withPlace<T>(text: string, task: () => T): T {
  try {
    return task()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new InputError({ summary: `ssh configuration: ${text}: ${error.message}` })
  }
}

function knownHostsOf({ knownHosts }: Inherited, files: (keyword: string) => string[] | undefined): string[] {
  if (knownHosts.length > 0) return knownHosts.map(expandHome)
  return [
    ...(files('userknownhostsfile') ?? userKnownHosts.map(expandHome)),
    ...(files('globalknownhostsfile') ?? systemKnownHosts),
  ]
}

function routeOf(settings: Settings): Route {
  const jump = settings.get('proxyjump')?.[0] ?? 'none'
  const command = settings.get('proxycommand')?.[0] ?? 'none'
  if (jump !== 'none') return { kind: 'jump', hops: jump.split(',').flatMap((hop) => parseHop(hop) ?? []) }
  return command === 'none' ? { kind: 'direct' } : { kind: 'command', command }
}

function methodsOf(settings: Settings): Target['methods'] {
  const preferred = settings.get('preferredauthentications')?.[0]?.split(',')
  const allowed = (method: string, keyword: string) =>
    !['no', 'false'].includes(settings.get(keyword)?.[0] ?? '') && (preferred?.includes(method) ?? true)
  return {
    keys: allowed('publickey', 'pubkeyauthentication'),
    password: allowed('password', 'passwordauthentication'),
    keyboard: allowed('keyboard-interactive', 'kbdinteractiveauthentication'),
  }
}

/** IdentityAgent: a path, `none`, `SSH_AUTH_SOCK`, or the name of a variable with a `$` before it. */
function agentOf(
  wanted: string | undefined,
  fallback: string | undefined,
  path: (text: string) => string,
): string | undefined {
  if (wanted === undefined) return fallback
  if (wanted === 'none') return undefined
  if (wanted === 'SSH_AUTH_SOCK') return process.env.SSH_AUTH_SOCK
  return /^\$\w+$/.test(wanted) ? process.env[wanted.slice(1)] : path(wanted)
}

/** ForwardAgent: `yes`, `no` (as it is by default), a path, or the name of a variable with a `$` before it. */
function forwardedAgentOf(
  wanted: string | undefined,
  agent: string | undefined,
  path: (text: string) => string,
): string | undefined {
  if (wanted === undefined || wanted === 'no') return undefined
  return wanted === 'yes' ? agent : agentOf(wanted, agent, path)
}

/** Undefined for `none`, and for 0, which stands for OpenSSH's own default. */
function seconds(value: string | undefined): number | undefined {
  return Number(value) > 0 ? Number(value) : undefined
}
