import { InputError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import type { Declaration } from './declaration.ts'
import { expandHosts } from './hostname.ts'
import { pythonLiteral } from './python-literal.ts'
import { shellWords } from './shell-words.ts'
import { withTemplates } from './template.ts'

type SectionKind = 'hosts' | 'children' | 'vars'

interface Section {
  readonly group: string
  readonly kind: SectionKind
}

const kinds: readonly string[] = ['hosts', 'children', 'vars']

/**
 * Ansible's INI inventory: `[group]` with a host a line, `[group:children]`, `[group:vars]`. Values are typed as
 * Python literals, on host lines and in `:vars` alike (https://docs.ansible.com/ansible/latest/collections/ansible/
 * builtin/ini_inventory.html says text for `:vars`; Ansible itself types both, and so do we).
 *
 * @throws InputError with file:line:column.
 */
export function parseIniInventory(text: string, file: string): readonly Declaration[] {
  let section: Section = { group: 'ungrouped', kind: 'hosts' }
  const declarations: Declaration[] = []
  for (const [index, raw] of text.split(lineEnd).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const location: Location = { file, line: index + 1, column: raw.indexOf(line) + 1 }
    if (line.startsWith('[') && !isHostInBrackets(line)) {
      section = readHeader(line, location)
      declarations.push(declareSection(section, location))
    } else declarations.push(...readLine(section, line, location))
  }
  return declarations
}

/** Where Python's `splitlines` parts lines. */
const lineEnd = /\r\n|[\n\v\f\r\x85\u2028\u2029]/

/** `[2001:db8::1]:22` and `[1:3].example.com` are hosts, not sections. */
function isHostInBrackets(line: string): boolean {
  return /^\[[^\]]+\][^\s#]/.test(line)
}

function readHeader(line: string, location: Location): Section {
  const match = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line)
  const [, group, kind = 'hosts'] = match ?? []
  if (group === undefined)
    throw new InputError({
      summary: `"${line}" is not a section`,
      location,
      hint: 'write [group], [group:children] or [group:vars], without spaces',
    })
  if (isKind(kind)) return { group, kind }
  const guess = nearest(kind, kinds)
  throw new InputError({
    summary: `section [${group}:${kind}] has an unknown kind "${kind}"`,
    location,
    hint: guess ? `did you mean [${group}:${guess}]?` : 'there are [group], [group:children] and [group:vars]',
  })
}

function isKind(kind: string): kind is SectionKind {
  return kinds.includes(kind)
}

/** `[group]` and `[group:children]` declare a group; `[group:vars]` only speaks of one. */
function declareSection({ group, kind }: Section, location: Location): Declaration {
  return { kind: kind === 'vars' ? 'groupReference' : 'group', group, location }
}

function readLine({ group, kind }: Section, line: string, location: Location): readonly Declaration[] {
  if (kind === 'hosts') return readHosts(group, line, location)
  if (kind === 'children') return [readChild(group, line, location)]
  const at = line.indexOf('=')
  if (at < 0) throw notAssignment(line, location, `[${group}:vars]`)
  const name = line.slice(0, at).trim()
  return [
    { kind: 'groupVar', group, setting: { name, value: typeValue(line.slice(at + 1).trim(), location), location } },
  ]
}

function readChild(group: string, line: string, location: Location): Declaration {
  const child = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line)?.[1]
  if (child !== undefined) return { kind: 'childReference', group, child, location }
  throw new InputError({
    summary: `"${line}" is not the name of a group`,
    location,
    hint: `[${group}:children] holds one group a line; hosts belong into [${group}]`,
  })
}

function readHosts(group: string, line: string, location: Location): readonly Declaration[] {
  const [pattern = '', ...assignments] = splitLine(line, location)
  const { names, port } = expandHosts(pattern, location)
  checkName(pattern, port, location)
  const settings = assignments.map((assignment) => {
    const at = assignment.indexOf('=')
    if (at < 0) throw notAssignment(assignment, location, `host "${pattern}"`)
    return { name: assignment.slice(0, at), value: typeValue(assignment.slice(at + 1), location), location }
  })
  return names.flatMap((host): Declaration[] => [
    { kind: 'host', host, group, port, location },
    ...settings.map((setting): Declaration => ({ kind: 'hostVar', host, setting })),
  ])
}

function splitLine(line: string, location: Location): readonly string[] {
  try {
    return shellWords(line)
  } catch (error) {
    throw new InputError({
      summary: `this line cannot be read: ${error instanceof Error ? error.message : error}`,
      location,
      hint: 'close the quote, or put a backslash before it',
    })
  }
}

function checkName(pattern: string, port: number | undefined, location: Location): void {
  if (pattern.trim() === '---')
    throw new InputError({ summary: '"---" begins a YAML file', location, hint: 'give the file the ending .yml' })
  if (pattern.trim().endsWith(':') && port === undefined)
    throw new InputError({
      summary: `the host "${pattern}" ends in ":", after which a port belongs`,
      location,
      hint: 'if this is YAML, give the file the ending .yml',
    })
  if (pattern === '') throw new InputError({ summary: 'the name of a host is empty', location })
}

function notAssignment(text: string, location: Location, where: string): InputError {
  return new InputError({
    summary: `${where}: expected name=value, found "${text}"`,
    location,
    hint: 'a value with spaces needs quotes: name="two words"',
  })
}

/** A Python literal has its type; all else is text. */
function typeValue(text: string, location: Location): unknown {
  const literal = pythonLiteral(text)
  return withTemplates(literal ? literal.value : text, location)
}
