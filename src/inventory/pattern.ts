import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { isAddress, splitPort } from './hostname.ts'

/** What a pattern selects among. */
export interface Selectable {
  /** In the order in which the inventory names them. */
  readonly hosts: readonly string[]
  /** Hosts of each group, those of its children included. */
  readonly groups: ReadonlyMap<string, readonly string[]>
  /** Names that may come to be those of a group or host: they name nobody. */
  readonly expected?: readonly string[]
}

/** The lines of a file that a pattern names with `@file`. */
export type ReadLines = (file: string) => readonly string[]

/** Ansible's implicit host: it is not part of `all`, and stands for the machine that runs the playbook. */
export const localNames: readonly string[] = ['localhost', '127.0.0.1', '::1']

/**
 * The hosts that a pattern of Ansible names, each once: `east:&rbdmirrors`, `all:!west`, `web[0]`, `web[1:3]`, `db*`,
 * `~(east|west)-.*`, `host1,host2`, `@file` with a term a line. Terms without a mark are taken first, in the order written, then `&`, then `!`.
 *
 * @throws InputError for a term that names neither a group nor a host, or a subscript that no host has.
 */
export function selectHosts(pattern: string, inventory: Selectable, readLines: ReadLines = noFiles): readonly string[] {
  const terms = splitPattern(pattern).flatMap((term) => (term.startsWith('@') ? readLines(term.slice(1)) : [term]))
  const marked = (mark: string) => terms.filter((term) => term.startsWith(mark)).map((term) => term.slice(1))
  const plain = terms.filter((term) => !/^[&!]/.test(term))
  if (terms.length === 0 && pattern.includes('@'))
    throw new InputError({ summary: `"${pattern}" names no host: it is empty` })
  if (terms.length === 0) throw new InputError({ summary: 'the host pattern is empty', hint: 'write "all"' })
  const bare = terms.find((term) => /^[&!]$/.test(term))
  if (bare !== undefined)
    throw new InputError({
      summary: `the pattern "${pattern}" has nothing behind a "${bare}"`,
      hint: `write the name of a group or host right behind it: ${bare}west`,
    })
  const base = plain.length > 0 ? plain : ['all']
  let chosen = [...new Set(base.flatMap((term) => matchTerm(term, inventory)))]
  for (const term of marked('&')) {
    const wanted = new Set(matchTerm(term, inventory))
    chosen = chosen.filter((host) => wanted.has(host))
  }
  for (const term of marked('!')) {
    const unwanted = new Set(matchTerm(term, inventory))
    chosen = chosen.filter((host) => !unwanted.has(host))
  }
  return chosen
}

function noFiles(file: string): never {
  throw new InputError({ summary: `a file of hosts, "@${file}", cannot be read here` })
}

/** The terms of a pattern. With a comma in it, only commas part terms: the way to write IPv6 and `~a:b,`. */
function splitPattern(pattern: string): readonly string[] {
  if (pattern.includes(',')) return words(pattern.split(','))
  const trimmed = pattern.trim()
  if (isAddress(splitPort(trimmed).address)) return words([trimmed])
  const terms = /(?:[^\s:[\]]|\[[^\]]*\])+/g
  if (/[[\]]/.test(trimmed.replace(terms, '')))
    throw new InputError({
      summary: `the pattern "${pattern}" has a bracket without its counterpart`,
      hint: 'write web[0], web[1:3] or web[ab]*; in a regular expression too, brackets come in pairs',
    })
  return words(trimmed.match(terms) ?? [])
}

function words(parts: readonly string[]): readonly string[] {
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function matchTerm(term: string, inventory: Selectable): readonly string[] {
  if (inventory.hosts.includes(term)) return [term]
  const { expression, pick } = splitSubscript(term)
  const hosts = enumerate(expression, term, inventory)
  return pick ? pick(hosts) : hosts
}

type Pick = (hosts: readonly string[]) => readonly string[]

/** `web[1:3]` → `web` and what to take of it; both ends count. `web[-1]` is the last one, `web[2:]` from the third on. */
function splitSubscript(term: string): { expression: string; pick?: Pick } {
  const match = term.startsWith('~') ? null : /^(.+)\[(?:(-?[0-9]+)|([0-9]+)([:-])([0-9]*))\]$/.exec(term)
  if (!match) return { expression: term }
  const [, expression = '', index, from = '', separator, to = ''] = match
  if (separator === '-')
    throw new InputError({ summary: `the pattern "${term}" has a subscript with "-"`, hint: 'write [1:3]' })
  if (index === undefined)
    return { expression, pick: (hosts) => hosts.slice(Number(from), to === '' ? undefined : Number(to) + 1) }
  return { expression, pick: (hosts) => (hosts.length === 0 ? [] : [pickOne(hosts, Number(index), term)]) }
}

function pickOne(hosts: readonly string[], index: number, term: string): string {
  const host = hosts.at(index)
  if (host !== undefined) return host
  throw new InputError({
    summary: `the pattern "${term}" asks for a host that is not there: there are ${hosts.length}`,
    hint: `count from 0 to ${hosts.length - 1}, or from -1 backwards`,
  })
}

function enumerate(expression: string, term: string, { hosts, groups, expected = [] }: Selectable): readonly string[] {
  const matches = matcher(expression, term)
  const matchedGroups = [...groups.keys()].filter(matches)
  const open = expression.startsWith('~') || /[.?*[]/.test(expression)
  const matchedHosts = matchedGroups.length === 0 || open ? hosts.filter(matches) : []
  if (matchedGroups.length + matchedHosts.length > 0)
    return [...new Set([...matchedGroups.flatMap((group) => groups.get(group) ?? []), ...matchedHosts])]
  if (localNames.includes(expression)) return [expression]
  if (expected.some(matches)) return []
  throw unknownTerm(expression, hosts, groups)
}

function unknownTerm(expression: string, hosts: readonly string[], groups: Selectable['groups']): InputError {
  if (/:[&!\w]/.test(expression) && !isAddress(splitPort(expression).address))
    return new InputError({
      summary: `no host and no group matches "${expression}"`,
      hint: 'where commas part the terms of a pattern, colons do not: write east,&mons or east:&mons',
    })
  const guess = nearest(expression, [...groups.keys(), ...hosts])
  const known = [...groups.keys()].slice(0, 12).join(', ')
  return new InputError({
    summary: `no host and no group matches "${expression}"`,
    hint: guess ? `did you mean "${guess}"?` : `groups of this inventory: ${known}${groups.size > 12 ? ', …' : ''}`,
  })
}

function matcher(expression: string, term: string): (name: string) => boolean {
  if (!expression.startsWith('~')) {
    const glob = globRegExp(expression)
    return (name) => glob.test(name)
  }
  if (expression === '~')
    throw new InputError({ summary: `the pattern "${term}" is an empty regular expression`, hint: 'write "all"' })
  try {
    const pattern = new RegExp(`^(?:${expression.slice(1)})`)
    return (name) => pattern.test(name)
  } catch {
    throw new InputError({ summary: `the pattern "${term}" is not a regular expression`, hint: 'check its brackets' })
  }
}

/** Shell glob as Python's fnmatch reads it: `*`, `?`, `[seq]`, `[!seq]`. */
function globRegExp(glob: string): RegExp {
  const parts = glob.match(/\[!?\]?[^\]]*\]|[\s\S]/g) ?? []
  return new RegExp(`^${parts.map(globPart).join('')}$`, 's')
}

function globPart(part: string): string {
  if (part === '*') return '.*'
  if (part === '?') return '.'
  if (part.length === 1) return part.replace(/[\\^$.*+?()[\]{}|]/, String.raw`\$&`)
  const body = part.slice(1, -1).replaceAll('\\', String.raw`\\`)
  return body.startsWith('!') ? `[^${body.slice(1)}]` : `[${body.replace(/^\^/, String.raw`\^`)}]`
}
