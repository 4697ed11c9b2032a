import type { Diagnosis } from '../core/errors.ts'
import { isFailure, type Reporter, type TaskView } from '../core/events.ts'
import { statusOf } from './failures.ts'
import { place, plain } from './text.ts'

/**
 * Failures and warnings as GitHub's workflow commands, which its pages show beside the playbook's lines
 * (docs.github.com, “Workflow commands for GitHub Actions”).
 */
export function annotationsReporter(options: {
  readonly write: (text: string) => void
  readonly folder: string
}): Reporter {
  const tasks = new Map<string, TaskView>()
  return {
    on: (event) => {
      if (event.type === 'task.start') tasks.set(event.task.id, event.task)
      else if (event.type === 'message' && event.level === 'warning') options.write(command('warning', {}, event.text))
      else if (event.type === 'host.end' && isFailure(event)) {
        const task = tasks.get(event.task)
        const diagnosis = { location: task?.location, summary: 'failed', ...event.failure }
        const title = `${task?.name ?? 'task'} [${event.host}] ${statusOf(event)}`
        options.write(annotation(diagnosis, options.folder, title, event.rescued ? 'warning' : 'error'))
      }
    },
  }
}

/** One error as such a command. */
export function annotation(
  { summary, detail, location }: Diagnosis,
  folder: string,
  title?: string,
  kind = 'error',
): string {
  const file = location && place({ file: location.file }, folder)
  const properties = { file, line: location?.line, col: location?.column, title }
  return command(kind, properties, detail ? `${summary}\n${detail}` : summary)
}

function command(name: string, properties: Readonly<Record<string, string | number | undefined>>, text: string) {
  const said = Object.entries(properties).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${escaped(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`],
  )
  return `::${name}${said.length > 0 ? ` ${said.join(',')}` : ''}::${escaped(plain(text))}\n`
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
