import type { Location } from '../core/location.ts'
import { nearest } from '../core/nearest.ts'
import { shownPath } from './shown-path.ts'

/** A fault that the compiler found. */
export interface TypeError {
  readonly location: Location
  readonly message: string
}

/** What `tsc --pretty false` prints: `file(line,column): error TS2345: message`, its explanation indented below. */
export function parseErrors(output: string): TypeError[] {
  const errors: TypeError[] = []
  for (const line of output.split('\n')) {
    const match = /^(.+?)\((\d+),(\d+)\): error (TS\d+: .*)$/.exec(line)
    const last = errors.at(-1)
    if (match) {
      const [, file = '', row, column, message = ''] = match
      errors.push({
        location: { file: shownPath(file), line: Number(row), column: Number(column) },
        message: readable(message),
      })
    } else if (last && /^\s+\S/.test(line))
      errors.push({ ...last, message: `${errors.pop()?.message}\n  ${readable(line)}` })
  }
  return errors
}

/** What the types of arguments are called: their own name is that of their schema, spelled out. */
const ofModule = 'the arguments of this module'

/** What to do about a fault that is not said by the compiler. */
export function hintFor({ message }: TypeError): string | undefined {
  if (/'ModuleCall<.*is not assignable to type 'TaskItem'/.test(message))
    return "a module's call becomes a step of a play by task('what it is for', …)"
  if (/Cannot find name '(?:host|hosts|output|changed)'/.test(message))
    return 'what depends on the host is a function of it: copy(({ host, output }) => ({ … }))'
  return message.includes(ofModule) ? 'playbook modules NAME tells them' : undefined
}

/** Characters of a type that are worth reading. */
const longType = 120

/** A message of the compiler as one who writes playbooks would say it: long types by the names that are in them. */
function readable(message: string): string {
  return (message + meant(message))
    .replace(/(?:parameter of )?type 'Arguments<[^']*'/g, ofModule)
    .replace(/type 'typeof import\("[^"]*\/modules\/(\w+)\/index"\)'/g, "'$1'")
    .replace(/'(\([^']*\) => )?(\{[^']*\})'/g, (whole, before = '', shape) =>
      whole.length <= longType ? whole : `'${before}{ ${namesIn(shape).join(', ')} }'`,
    )
    .replace(/'[^']{400,}'/g, (whole) => `${whole.slice(0, longType)}…'`)
}

/** Where a name is none of the arguments of a module: which one was probably meant, or which there are. */
function meant(message: string): string {
  const unknown = /'([^']+)' does not exist in type 'Arguments<ZodObject<([^']*)'/.exec(message)
  if (unknown) return guessed(unknown[1] ?? '', namesIn(unknown[2] ?? ''))
  const missing = /is missing in type '(\{[^']*\})' but required in type '(\{[^']*\})'/.exec(message)
  const [given, known] = [missing?.[1], missing?.[2]].map((shape = '') => namesIn(shape).map(plain))
  return (given ?? [])
    .flatMap((name) => (known?.includes(name) ? [] : guessed(name, known ?? [], ` '${name}'`)))
    .join('')
}

function guessed(name: string, known: readonly string[], of = ''): string {
  const guess = nearest(name, known.map(plain))
  if (guess !== undefined) return `${of && ` There is no${of}.`} Did you mean '${guess}'?`
  return of ? ` There is no${of}.` : ` It takes ${known.join(', ')}.`
}

function plain(name: string): string {
  return name.replace(/\?$/, '')
}

/** The names of the outermost properties of a type that is spelled out, with the `?` of those that may be left out. */
function namesIn(shape: string): readonly string[] {
  const names: string[] = []
  let depth = 0
  for (const [token, name] of shape.matchAll(/"[^"]*"|=>|[{<([]|[}>)\]]|(?<=[{;] )(\w+\??):/g)) {
    if (/^[{<([]$/.test(token)) depth++
    else if (/^[}>)\]]$/.test(token)) depth--
    else if (name !== undefined && depth === 1) names.push(name)
  }
  return names
}
