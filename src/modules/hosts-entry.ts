import { isIP } from 'node:net'
import { z } from 'zod'
import { defineModule } from '../core/module.ts'
import { editChanges, linesOf, textIn, textOf } from './shared/edit.ts'
import { hostPath } from './shared/schema.ts'

const hostName = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'the name of a host is expected')

/** Names of an address in /etc/hosts: each is there, and stands for no other address of its kind. */
export const hostsEntry = defineModule({
  name: 'hostsEntry',
  description: 'Names of an address in /etc/hosts: each is there, and stands for no other address of its kind.',
  args: z
    .strictObject({
      address: z.string().refine((text) => isIP(text) !== 0, 'an IPv4 or IPv6 address is expected'),
      names: z
        .array(hostName)
        .default([])
        .describe('the first is the canonical one; with state absent, none means all'),
      state: z.enum(['present', 'absent']).default('present'),
      path: hostPath.default('/etc/hosts'),
    })
    .refine(({ names, state }) => names.length > 0 || state === 'absent', 'argument "names" is needed'),
  absent: undefined,
  read: ({ path }, look) => look.file(path, { content: true }),

  plan({ address, names, state, path }, file) {
    const content = textIn(path, file)
    const before = linesOf(content)
    const after = state === 'absent' ? withoutNames(before, address, names) : withNames(before, address, names)
    const same = before.length === after.length && before.every((line, index) => line === after[index])
    const edit = { path, create: true, sensitive: false, backup: false }
    return editChanges(edit, file, same ? content : textOf(after))
  },
})

interface Entry {
  readonly address: string
  readonly names: readonly string[]
  readonly comment: string
}

function parse(line: string): Entry | undefined {
  const [text = '', ...comment] = line.split('#')
  const [address = '', ...names] = text.trim().split(/\s+/)
  if (isIP(address) === 0) return undefined
  return { address, names, comment: comment.length > 0 ? ` #${comment.join('#')}` : '' }
}

/** The line without some of its names; none when it has no name left. */
function drop(line: string, entry: Entry, names: readonly string[]): string[] {
  const kept = entry.names.filter((name) => !names.includes(name))
  if (kept.length === entry.names.length) return [line]
  return kept.length > 0 ? [`${entry.address} ${kept.join(' ')}${entry.comment}`] : []
}

function withNames(lines: readonly string[], address: string, names: readonly string[]): string[] {
  const home = lines.findIndex((line) => parse(line)?.address === address)
  const result = lines.flatMap((line, index) => {
    const entry = parse(line)
    if (!entry || isIP(entry.address) !== isIP(address)) return [line]
    if (index !== home) return drop(line, entry, names)
    const missing = names.filter((name) => !entry.names.includes(name))
    return missing.length > 0 ? [`${address} ${[...entry.names, ...missing].join(' ')}${entry.comment}`] : [line]
  })
  return home < 0 ? [...result, `${address} ${names.join(' ')}`] : result
}

function withoutNames(lines: readonly string[], address: string, names: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const entry = parse(line)
    if (entry?.address !== address) return [line]
    return names.length > 0 ? drop(line, entry, names) : []
  })
}
