import { z } from 'zod'
import { InputError } from './errors.ts'
import { nearest } from './nearest.ts'

/** Arguments checked against the module's schema; every fault is named in one error. */
export function parseArguments<Schema extends z.ZodType>(
  { name, args: schema }: { readonly name: string; readonly args: Schema },
  input: unknown,
): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => describeIssue(schema, issue))
  throw new InputError({
    summary: `${name}: ${faults.join('; ')}`,
    hint: `playbook modules ${name}`,
  })
}

function describeIssue(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0)
    return issue.keys.map((key) => unknownArgument(schema, key)).join('; ')
  const path = issue.path.join('.')
  if (path && issue.message.endsWith('received undefined')) return `argument "${path}" is needed`
  const reason = issue.code === 'invalid_union' ? closestShape(issue) : issue.message
  return path ? `argument "${path}": ${reason}` : reason
}

/** Of all shapes that an argument may have, what is wrong with the one that it comes nearest to. */
function closestShape({ errors, message }: z.core.$ZodIssueInvalidUnion): string {
  const [nearestErrors] = [...errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)
  return nearestErrors?.map((issue) => [...issue.path, issue.message].join(': ')).join(', ') || message
}

/** How far into a value its faults are: the deeper, the more of it fits. An object with a wrong key was an object. */
function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)))
}

function unknownArgument(schema: z.ZodType, key: string): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const guess = nearest(key, known)
  return `unknown argument "${key}"${guess ? ` (did you mean "${guess}"?)` : known.length ? ` (it takes ${known.join(', ')})` : ''}`
}
