import type { Emit, Reporter, RunEvent } from '../core/events.ts'
import { type Redact, redactDeep, redactor } from '../core/redact.ts'

/**
 * Hands events to reporters. The one place where known secrets are blotted out: whatever a reporter sees is fit to be
 * seen. A reporter that breaks is left out from then on, so that a fault in a picture never stops work on a host; its
 * error is thrown by `end`.
 */
export function emitter(
  reporters: readonly Reporter[],
  redact: Redact = redactor(),
): { readonly emit: Emit; end(): Promise<void> } {
  const working = new Set(reporters)
  const errors: unknown[] = []
  const emit = (event: RunEvent) => {
    const safe = redactDeep(event, redact)
    for (const reporter of working) {
      try {
        reporter.on(safe)
      } catch (error) {
        working.delete(reporter)
        errors.push(error)
      }
    }
  }
  const end = async () => {
    const ends = await Promise.allSettled(reporters.map((reporter) => reporter.end?.()))
    errors.push(...ends.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])))
    if (errors.length > 0) throw errors[0]
  }
  return { emit, end }
}
