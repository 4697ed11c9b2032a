import type { z } from 'zod'
import { InputError } from './errors.ts'
import { nearest } from './nearest.ts'

/** A playbook's variables: a schema for each, defaults included. */
export type VarsSchema = Readonly<Record<string, z.ZodType>>
export type VarsOf<Schema extends VarsSchema> = { readonly [Name in keyof Schema]: z.output<Schema[Name]> }

/** Where a variable of a playbook was given. */
export interface VarOrigin {
  /** `-e`, or a file with line and column. */
  readonly place: string
  /** As it was typed on the command line: what it is where the playbook wants text, `12` and `true` as well. */
  readonly text?: string
}

type Origins = Readonly<Record<string, VarOrigin>>

/** @throws InputError naming every variable that is missing, unknown or does not fit, and where it was given. */
export function parseVars(
  schemas: VarsSchema,
  given: Readonly<Record<string, unknown>>,
  origins: Origins,
): Record<string, unknown> {
  const names = Object.keys(schemas)
  const faults = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => unknownVariable(name, names, origins))
  const values: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(schemas)) {
    const result = parseVar(schema, given[name], origins[name]?.text)
    if (result.success) values[name] = result.data
    else faults.push(faultOf(name, given[name], result.error, origins))
  }
  if (faults.length > 0)
    throw new InputError({
      summary: "the playbook's variables do not fit",
      detail: faults.join('\n'),
      hint: names.length > 0 ? names.map((name) => `-e ${name}=…`).join(' ') : 'this playbook takes no variables',
    })
  return values
}

/** A value that does not fit is taken as it was typed, when that does: a pool may be called `12`. */
function parseVar(schema: z.ZodType, value: unknown, typed: string | undefined) {
  const result = schema.safeParse(value)
  if (result.success || typed === undefined) return result
  const asText = schema.safeParse(typed)
  return asText.success ? asText : result
}

function unknownVariable(name: string, known: readonly string[], origins: Origins): string {
  const guess = nearest(name, known)
  return `unknown variable "${name}"${givenAt(name, origins)}${guess ? `: did you mean "${guess}"?` : ''}`
}

function faultOf(name: string, value: unknown, error: z.ZodError, origins: Origins): string {
  if (value === undefined) return `variable "${name}" is missing`
  const issues = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  return `variable "${name}"${givenAt(name, origins)}: ${issues.join(', ')}`
}

function givenAt(name: string, origins: Origins): string {
  const origin = origins[name]
  return origin ? ` (${origin.place})` : ''
}
