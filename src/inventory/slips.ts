import { join } from 'node:path'
import type { Diagnosis } from '../core/errors.ts'
import { formatLocation } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import type { Setting } from './declaration.ts'
import type { Graph } from './graph.ts'
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
