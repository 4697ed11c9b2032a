import { setMaxListeners } from 'node:events'
import type { Reporter } from '../core/events.ts'
import type { Transport } from '../core/transport.ts'
import { emitter } from '../report/emitter.ts'
import { type RunOutcome, type RunSettings, runPlaybook } from '../runner/run.ts'
import { controllerFiles } from './controller-file.ts'
import { interrupts } from './interrupts.ts'
import type { Prepared } from './prepare.ts'

export interface Execution extends Prepared {
  readonly transport: Transport
  readonly settings: RunSettings
  /** Seconds until it is ended, done or not. Default: never. */
  readonly timeLimit?: number | undefined
  /** Told what the tasks left, also of a run that failed. */
  readonly ended?: (outcome: RunOutcome) => void
}

/** Runs what was prepared, shown by reporters; Ctrl-C stops it in order. Answers with the exit code. */
export async function execute(execution: Execution, reporters: readonly Reporter[]): Promise<number> {
  const { file, name, plays, inventory, transport, settings, timeLimit, ended: told } = execution
  const { emit, end } = emitter(reporters)
  const warn = (text: string) => emit({ type: 'message', level: 'warning', text })
  const { stop, signal, release } = interrupts(warn)
  const late = timeLimit === undefined ? undefined : AbortSignal.timeout(timeLimit * 1000)
  late?.addEventListener('abort', () => warn(`the run is not done after ${timeLimit} s and is ended (--time-limit)`))
  const ended = late ? AbortSignal.any([signal, late]) : signal
  // Every connection and every command listens to them; Node would warn of a leak from the eleventh host on.
  const over = late ? AbortSignal.any([stop, late]) : stop
  setMaxListeners(0, over, ended)
  try {
    const outcome = await runPlaybook({
      playbookName: name,
      plays,
      inventory,
      transport,
      emit,
      controllerFile: controllerFiles(file),
      settings: { ...settings, stop: over, signal: ended },
    })
    told?.(outcome)
    return outcome.exitCode
  } finally {
    release()
    await end()
  }
}
