import { ConnectError, diagnose, formatDiagnosis, InputError, PlaybookError, systemReason } from '../core/errors.ts'
import { redactor } from '../core/redact.ts'
import { annotation } from '../report/annotations.ts'

/** Several errors that are all to be told. */
export function together(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors)
}

/** Tells an error on standard error, and answers with the exit code that it means. */
export function tell(error: unknown): number {
  if (error instanceof AggregateError) return Math.min(...error.errors.map(tell))
  if (isOfSystem(error))
    return tell(new InputError({ summary: sentence(error), hint: 'check the path, its owner and its mode' }))
  const diagnosis = diagnose(error)
  const redact = redactor()
  process.stderr.write(`${redact(formatDiagnosis({ ...diagnosis, summary: `error: ${diagnosis.summary}` }))}\n`)
  if (process.env.GITHUB_ACTIONS === 'true') process.stderr.write(redact(annotation(diagnosis, process.cwd())))
  return exitCodeOf(error)
}

/** What the system says of a path on this machine: a folder that is a file, a full disk. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException & { readonly path: string } {
  return error instanceof Error && 'syscall' in error && 'path' in error && typeof error.path === 'string'
}

/** `/etc/x: file already exists (mkdir)` */
function sentence(error: NodeJS.ErrnoException & { readonly path: string }): string {
  return `${error.path}: ${systemReason(error)} (${error.syscall})`
}

/** 2 bad input, 3 unreachable, 4 a task failed, 1 a bug of ours. */
function exitCodeOf(error: unknown): number {
  if (error instanceof InputError) return 2
  if (error instanceof ConnectError) return 3
  return error instanceof PlaybookError ? 4 : 1
}

/** Waits for all, then throws all that went wrong at once. */
export async function all<T extends readonly unknown[]>(
  work: {
    readonly [Index in keyof T]: Promise<T[Index]>
  },
): Promise<T> {
  const results = await Promise.allSettled(work)
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (errors.length > 0) throw together(errors)
  return Promise.all(work) as Promise<T>
}
