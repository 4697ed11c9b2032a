import { glob } from '../known-hosts.ts'
import { Fault } from './fault.ts'
import { fillTokens, type Tokens } from './tokens.ts'

/** What the conditions of a `Match` line are held against. */
export interface MatchSubject {
  /** The name after HostName has been applied, as far as it is known by then. */
  readonly host: string
  readonly original: string
  readonly user: string
  readonly localUser: string
  readonly tag: string
  readonly final: boolean
  readonly tokens: Tokens
  execute(command: string): Promise<boolean>
}

export interface MatchVerdict {
  readonly matches: boolean
  readonly wantsFinal: boolean
}

/** Host: any pattern matches, and none of the negated ones does. */
export function matchHost(patterns: readonly string[], host: string): boolean {
  if (patterns.some((pattern) => pattern.startsWith('!') && glob(pattern.slice(1), host))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && glob(pattern, host))
}

/** A list with commas of patterns, as in `Match user alice,!bob,c*`. */
function matchList(list: string, text: string): boolean {
  return matchHost(list.split(','), text)
}

/** Match: every condition holds. `exec` is run only when all before it did. Throws a Fault. */
export async function matchConditions(words: readonly string[], subject: MatchSubject): Promise<MatchVerdict> {
  let matches = true
  let wantsFinal = false
  for (const { name, negated, value } of readConditions(words)) {
    if (name === 'final' && !negated) wantsFinal = true
    if (name === 'exec' && !matches) continue
    if ((await holds(name, value, subject)) === negated) matches = false
  }
  return { matches, wantsFinal }
}

interface Condition {
  readonly name: string
  readonly negated: boolean
  readonly value: string
}

const withoutValue = ['all', 'canonical', 'final']

function readConditions(words: readonly string[]): Condition[] {
  const rest = [...words]
  const list: Condition[] = []
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, bang, attribute = '', given] = /^(!?)([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const name = attribute.toLowerCase()
    const value = withoutValue.includes(name) ? '' : (given ?? rest.shift())
    if (value === undefined) throw new Fault(`there is no value after "${attribute}"`)
    list.push({ name, negated: bang === '!', value })
  }
  if (list.length === 0) throw new Fault('Match has no conditions')
  const all = list.findIndex(({ name }) => name === 'all')
  if (all >= 0 && (all > 1 || all < list.length - 1)) throw new Fault('"all" goes with "final" or "canonical" only')
  return list
}

async function holds(name: string, value: string, subject: MatchSubject): Promise<boolean> {
  switch (name) {
    case 'all':
      return true
    case 'canonical':
    case 'final':
      return subject.final
    case 'host':
      return matchList(value.toLowerCase(), subject.host.toLowerCase())
    case 'originalhost':
      return matchList(value.toLowerCase(), subject.original.toLowerCase())
    case 'user':
      return matchList(value, subject.user)
    case 'localuser':
      return matchList(value, subject.localUser)
    case 'tagged':
      return subject.tag === '' ? value === '' : matchList(value, subject.tag)
    case 'exec':
      return subject.execute(fillTokens(value, subject.tokens))
    default:
      throw new Fault(`the condition "${name}" is not supported here`)
  }
}
