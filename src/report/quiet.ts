import type { Reporter } from '../core/events.ts'
import { createClosing } from './closing.ts'
import type { ReportOptions } from './options.ts'

/** Nothing while all goes well; at the end the failures and the recap. */
export function quietReporter(options: ReportOptions): Reporter {
  const closing = createClosing(options)
  return {
    on: (event) => {
      closing.on(event)
      if (event.type !== 'run.end') return
      const lines = closing.lines()
      options.write(
        lines
          .slice(1)
          .map((line) => `${line}\n`)
          .join(''),
      )
    },
  }
}
