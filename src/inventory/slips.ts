import { join } from 'node:path'
import type { Diagnosis } from '../core/errors.ts'
import { formatLocation } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import type { Setting } from './declaration.ts'
import type { Graph } from './graph.ts'
import type { VarsFolders } from './settings.ts'
import { varsNames } from './vars-files.ts'

/** Things that Ansible takes without a word and that are probably not meant: one host under two addresses. */
export function findSlips({ hosts }: Graph): readonly Diagnosis[] {
  return [...hosts.values()].flatMap(({ name, settings }) => {
    const addresses = settings.filter((setting) => setting.name === 'ansible_host')
    const other = addresses.find(({ value }) => text(value) !== text(addresses.at(-1)?.value))
    return other ? [twoAddresses(name, other, addresses.at(-1) ?? other)] : []
  })
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

function twoAddresses(name: string, first: Setting, last: Setting): Diagnosis {
  return {
    summary: `host "${name}" has two addresses; the last one counts`,
    location: last.location,
    detail: `the other stands in ${formatLocation(first.location)}`,
    hint: 'give the second machine a name of its own, or remove one "ansible_host"',
  }
}

/** What Ansible and we know of how a host is reached, without the `ansible_` before it. */
const connectionVariables = `
  host port user password connection timeout private_key_file host_key_checking pipelining group_priority
  ssh_host ssh_port ssh_user ssh_pass ssh_password ssh_private_key_file ssh_private_key_passphrase ssh_host_key_checking
  ssh_known_hosts_file ssh_args ssh_common_args ssh_extra_args sftp_extra_args scp_extra_args ssh_executable ssh_timeout
  ssh_retries ssh_pipelining ssh_transfer_method become become_method become_user become_password become_pass become_exe
  become_flags sudo_pass su_pass shell_type shell_executable remote_tmp
`
  .trim()
  .split(/\s+/)

/**
 * Variables that are nearly, but not quite, called as one that says how to reach a host: with `ansible_hots` the host would
 * be looked for by its name. Each is told once, however many hosts have it.
 */
export function findMisspelt({ groups, hosts }: Graph, { inventory, playbook }: VarsFolders): readonly Diagnosis[] {
  const nodes = [...groups.values(), ...hosts.values()].flatMap(({ settings }) => settings)
  const folders = [...inventory, ...playbook].flatMap((folder) => [...folder.groups.values(), ...folder.hosts.values()])
  const first = new Map([...nodes, ...folders.flat()].toReversed().map(({ name, location }) => [name, location]))
  return [...first].flatMap(([name, location]) => {
    const known = /^ansible_(?!.*_interpreter$)(.+)$/.exec(name)?.[1]
    if (known === undefined || connectionVariables.includes(known)) return []
    const guess = nearest(known, connectionVariables)
    if (guess === undefined) return []
    return [{ summary: `"${name}" means nothing here`, location, hint: `did you mean "ansible_${guess}"?` }]
  })
}

/** Files of variables whose name is nearly, but not quite, that of a group or host: nobody reads them. */
export async function findStrayVars(folder: string, { groups, hosts }: Graph): Promise<readonly Diagnosis[]> {
  return [
    ...(await stray(join(folder, 'group_vars'), 'group', groups)),
    ...(await stray(join(folder, 'host_vars'), 'host', hosts)),
  ]
}

async function stray(folder: string, kind: string, known: ReadonlyMap<string, unknown>): Promise<readonly Diagnosis[]> {
  const names = (await varsNames(folder)).filter((name) => !known.has(name))
  return names.flatMap((name) => {
    const guess = nearest(name, known.keys())
    if (guess === undefined) return []
    const location = { file: join(folder, name) }
    return [
      { summary: `no ${kind} is called "${name}", so nobody reads this`, location, hint: `did you mean "${guess}"?` },
    ]
  })
}
