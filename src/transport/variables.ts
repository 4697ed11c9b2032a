import { InputError } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import type { Location } from '../core/location.ts'
import { Secret } from '../core/secret.ts'
import type { BecomeMethod } from './become.ts'

export type HostKeyChecking = 'strict' | 'accept-new'

/** What a host's variables say about the way to it; what they do not say is left to OpenSSH's configuration. */
export interface ConnectionVariables {
  readonly connection: 'ssh' | 'local'
  readonly address: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly identityFiles: readonly string[]
  readonly becomeMethod: BecomeMethod
  readonly becomePassword: Secret | undefined
  readonly knownHosts: readonly string[]
  readonly hostKeyChecking: HostKeyChecking | undefined
  /** Seconds until a connection must stand. */
  readonly timeout: number | undefined
  /** Options as for the command line of ssh. */
  readonly sshArguments: readonly SshArgumentsVariable[]
}

/** A variable with options for ssh, and where it is set. */
export interface SshArgumentsVariable {
  readonly name: string
  readonly text: string
  readonly location: Location | undefined
}

/**
 * Reads the connection variables. The names are Ansible's, old ones (`ansible_ssh_host`) included, and one of ours:
 * `ansible_ssh_known_hosts_file`, a path or a list of them.
 *
 * @throws InputError for a value that does not fit, with the place where it is set.
 */
export function connectionVariables(host: Host): ConnectionVariables {
  const read = variableReader(host)
  return {
    connection: read.choice(['ansible_connection'], connections) ?? 'ssh',
    address: read.text(['ansible_host', 'ansible_ssh_host']),
    port: read.number(['ansible_port', 'ansible_ssh_port'], 1, 65535),
    user: read.text(['ansible_user', 'ansible_ssh_user']),
    password: read.secret(['ansible_password', 'ansible_ssh_password', 'ansible_ssh_pass']),
    identityFiles: read.list(['ansible_ssh_private_key_file', 'ansible_private_key_file']),
    becomeMethod: read.choice(['ansible_become_method'], becomeMethods) ?? 'sudo',
    becomePassword: read.secret(['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass']),
    knownHosts: read.list(['ansible_ssh_known_hosts_file']),
    hostKeyChecking: read.choice(['ansible_ssh_host_key_checking', 'ansible_host_key_checking'], checkings),
    timeout: read.number(['ansible_timeout', 'ansible_ssh_timeout'], 1, 86400),
    sshArguments: argumentNames.flatMap((name) => {
      const text = read.text([name])
      return text === undefined ? [] : [{ name, text, location: host.origin?.(name) }]
    }),
  }
}

const argumentNames = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']

const connections = {
  ssh: 'ssh',
  ssh2: 'ssh',
  smart: 'ssh',
  paramiko: 'ssh',
  paramiko_ssh: 'ssh',
  local: 'local',
} as const

const becomeMethods = { sudo: 'sudo', su: 'su', doas: 'doas' } as const

/** There is no value that takes any key: `false` accepts hosts that are new, never a key that changed. */
const checkings = {
  true: 'strict',
  yes: 'strict',
  strict: 'strict',
  false: 'accept-new',
  no: 'accept-new',
  'accept-new': 'accept-new',
} as const

function variableReader(host: Host) {
  function find(names: readonly string[]): { readonly name: string; readonly value: unknown } | undefined {
    const name = names.find((candidate) => host.vars[candidate] !== undefined && host.vars[candidate] !== null)
    return name === undefined ? undefined : { name, value: host.vars[name] }
  }

  function refuse(name: string, expected: string): InputError {
    return new InputError({
      summary: `host ${host.name}: variable "${name}" must be ${expected}`,
      location: host.origin?.(name),
    })
  }

  function plain(value: unknown): string | undefined {
    if (typeof value === 'string') return value
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
  }

  return {
    text(names: readonly string[]): string | undefined {
      const found = find(names)
      const text = plain(found?.value)
      if (found && (text === undefined || /^$|[\n\0]/.test(text))) throw refuse(found.name, 'a text of one line')
      return text
    },
    number(names: readonly string[], min: number, max: number): number | undefined {
      const found = find(names)
      if (!found) return undefined
      const value = Number(plain(found.value) || Number.NaN)
      if (Number.isInteger(value) && value >= min && value <= max) return value
      throw refuse(found.name, `a whole number from ${min} to ${max}`)
    },
    choice<T extends string>(names: readonly string[], choices: Readonly<Record<string, T>>): T | undefined {
      const found = find(names)
      if (!found) return undefined
      const choice = choices[(plain(found.value) ?? '').toLowerCase()]
      if (choice !== undefined) return choice
      throw refuse(found.name, `one of ${Object.keys(choices).join(', ')}`)
    },
    list(names: readonly string[]): readonly string[] {
      const found = find(names)
      if (!found) return []
      const values = Array.isArray(found.value) ? found.value : [found.value]
      const texts = values.filter((value): value is string => typeof value === 'string' && value !== '')
      if (texts.length !== values.length) throw refuse(found.name, 'a path, or a list of paths')
      return texts
    },
    secret(names: readonly string[]): Secret | undefined {
      const found = find(names)
      if (!found) return undefined
      if (found.value instanceof Secret) return found.value
      const text = plain(found.value)
      if (text === undefined || text.includes('\n')) throw refuse(found.name, 'a text of one line')
      return new Secret(text)
    },
  }
}
