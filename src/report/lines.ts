import { type HostEnd, isFailure, type Reporter, type RunEvent, type TaskView } from '../core/events.ts'
import { changeLines } from './changes.ts'
import { createClosing } from './closing.ts'
import { palette, statusPaint } from './colour.ts'
import { diagnosisLines, failurePlace } from './failures.ts'
import { heading } from './headings.ts'
import { foldAbove, type ReportOptions } from './options.ts'
import { forEachHost, sameResults } from './same-results.ts'
import { count, duration, indent, names, place, plain } from './text.ts'
import { traceLines } from './trace.ts'

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>

interface Running {
  readonly view: TaskView
  /** How often it was started and has not ended: hosts that go their own way (`free`) start a task each. */
  open: number
  /** With many hosts: those that ended and are not told yet. */
  readonly held: HostEnd[]
}

/**
 * Plain lines for a log, with Ansible's words: each host's result as it comes; with many hosts the failures as they
 * come and the rest, folded, when the task is through.
 */
export function linesReporter(options: ReportOptions): Reporter {
  const colours = palette(options.colour)
  const tasks = new Map<string, Running>()
  const closing = createClosing(options)
  const waits = new Map<string, string>()
  let header: string | undefined
  let many = false

  const say = (...lines: string[]) => options.write(lines.map((line) => `${line}\n`).join(''))

  /** Says which task the next lines are of, again when others came between. */
  const under = (id: string, ...lines: string[]) => {
    if (header !== id) say('', taskTitle(tasks.get(id)?.view, options))
    header = id
    say(...lines.map((line) => indent(line, 2)))
  }

  const startTask = ({ task: view }: EventOf<'task.start'>) => {
    const task = tasks.get(view.id) ?? { view, open: 0, held: [] }
    const alone = [...tasks.values()].every(({ open }) => open === 0)
    tasks.set(view.id, task)
    task.open++
    if (alone) under(view.id)
  }

  const endHost = (end: HostEnd) => {
    const task = tasks.get(end.task)
    if (!many || !task) under(end.task, ...hostLines(end))
    else if (isFailure(end)) under(end.task, `${hostHead([end])}: ${firstLine(end)}`)
    else task.held.push(end)
  }

  const hostHead = (ends: readonly HostEnd[]) => {
    const [end] = ends
    if (!end) return ''
    const hosts = ends.map(({ host }) => host)
    const named = options.verbosity > 0 ? hosts.join(', ') : names(hosts)
    const who = hosts.length === 1 ? named : `${count(hosts.length, 'host')}: ${named}`
    return `${statusPaint(colours, end.status)(`${end.status}:`)} [${who}]`
  }

  const hostLines = (end: HostEnd) => {
    const where = failurePlace({ task: tasks.get(end.task)?.view, end }, options.folder)
    const extras = [
      ...(end.failure && where ? [`(${where})`] : []),
      colours.dim(duration(end.seconds)),
      ...(end.ignored ? ['...ignoring'] : end.rescued ? ['...rescuing'] : []),
    ]
    return [`${hostHead([end])} ${extras.join(' ')}`, ...resultLines(end)]
  }

  const resultLines = (end: HostEnd) =>
    [
      ...(end.note ? [plain(end.note)] : []),
      ...changeLines(end.changes, options, colours, end.note),
      ...diagnosisLines(end.failure),
    ].map((line) => indent(line, 4))

  const endTask = (id: string) => {
    const task = tasks.get(id)
    if (task && task.open > 0) task.open--
    if (task?.open === 0) tellHeld(id)
  }

  const tellHeld = (id: string) => {
    const task = tasks.get(id)
    for (const ends of sameResults(task?.held ?? [], options)) {
      const slowest = Math.max(...ends.map(({ seconds }) => seconds))
      const [first] = ends
      const time = ends.length > 1 ? `up to ${duration(slowest)}` : duration(slowest)
      if (first) under(id, `${hostHead(ends)} ${colours.dim(time)}`, ...forEachHost(resultLines(first), ends))
    }
    task?.held.splice(0)
  }

  const wait = ({ task, host, condition, seen }: EventOf<'host.waiting'>) => {
    const key = `${task} ${host}`
    const before = waits.get(key)
    if (before === seen || (before !== undefined && options.verbosity === 0)) return
    waits.set(key, seen)
    under(task, `waiting: [${host}] ${plain(condition)}${seen ? ` (now: ${plain(seen)})` : ''}`)
  }

  const endRun = () => {
    for (const id of tasks.keys()) tellHeld(id)
    say(...closing.lines())
  }

  const on = (event: RunEvent) => {
    closing.on(event)
    switch (event.type) {
      case 'run.start':
        return say(heading(event, colours))
      case 'play.start':
        header = undefined
        many = event.hosts.length > foldAbove
        return say('', heading(event, colours))
      case 'task.start':
        return startTask(event)
      case 'host.output':
        if (options.verbosity > 0) under(event.task, `${colours.dim(`${event.host} |`)} ${plain(event.line)}`)
        return
      case 'host.connect':
      case 'host.request':
        return say(...traceLines(event, options.verbosity).map((line) => colours.dim(indent(line, 2))))
      case 'host.waiting':
        return wait(event)
      case 'host.end':
        return endHost(event)
      case 'task.end':
        return endTask(event.task)
      case 'play.end':
        return
      case 'message':
        return say(heading(event, colours))
      case 'run.end':
        return endRun()
    }
  }
  return { on }
}

function taskTitle(task: TaskView | undefined, { folder, verbosity }: ReportOptions): string {
  if (!task) return 'TASK'
  const detail = verbosity > 0 ? ` ${task.module}${task.location ? ` ${place(task.location, folder)}` : ''}` : ''
  return `${task.handler ? 'RUNNING HANDLER' : 'TASK'} [${task.name}]${detail}`
}

function firstLine({ failure }: HostEnd): string {
  return plain(failure?.summary ?? '').split('\n')[0] ?? ''
}
