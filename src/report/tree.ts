import type { Reporter, RunEvent } from '../core/events.ts'
import { createClosing } from './closing.ts'
import { palette } from './colour.ts'
import { heading } from './headings.ts'
import type { ReportOptions } from './options.ts'
import { createQueue, type Queue } from './queue.ts'
import { lastLine } from './text.ts'
import { drawGroup, type Row } from './tree-draw.ts'
import { type HostCell, hostTitle, isFolded, type TaskRow, taskTitle } from './tree-row.ts'

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>

/** A task in the picture, and what ends its rows. */
interface Drawn {
  readonly row: TaskRow
  readonly below: Queue<Row>
  readonly end: () => void
  readonly endHost: Map<string, () => void>
}

/**
 * The picture for a terminal: play → task → hosts, drawn while it happens. What is over stays above as plain text;
 * failures and the recap come last. Rows only await what events settle: nothing here holds up the run.
 */
export function treeReporter(options: ReportOptions): Reporter {
  const colours = palette(options.colour)
  const closing = createClosing(options)
  const pictures = createQueue<string | Queue<Row>>()
  const running = new Map<string, Drawn>()
  let group: Queue<Row> | undefined

  const drawing = (async () => {
    for (let next = await pictures.next(); next.length > 0; next = await pictures.next())
      for (const picture of next) {
        if (typeof picture === 'string') options.write(picture)
        else await drawGroup(picture, options)
      }
  })()

  const say = (text: string) => pictures.push(`${text}\n`)

  const addRow = (row: Row) => {
    if (!group) {
      group = createQueue()
      pictures.push(group)
    }
    group.push(row)
  }

  const startTask = ({ task: view, hosts }: EventOf<'task.start'>) => {
    const drawn = running.get(view.id) ?? drawTask({ view, started: performance.now(), cells: new Map(), open: 0 })
    drawn.row.open++
    addHosts(drawn, hosts)
  }

  const addHosts = (drawn: Drawn, hosts: readonly string[]) => {
    const cells = hosts.map((host): HostCell => ({ host, started: performance.now(), last: '', end: undefined }))
    for (const cell of cells) drawn.row.cells.set(cell.host, cell)
    if (!isFolded(drawn.row)) for (const cell of cells) drawHost(drawn, cell)
  }

  const drawTask = (row: TaskRow): Drawn => {
    const { promise, resolve } = deferred()
    const drawn: Drawn = { row, below: createQueue(), end: resolve, endHost: new Map() }
    running.set(row.view.id, drawn)
    addRow({ title: () => taskTitle(row, performance.now(), options, colours), done: promise, below: drawn.below })
    return drawn
  }

  const drawHost = ({ row, below, endHost }: Drawn, cell: HostCell) => {
    const { promise, resolve } = deferred()
    endHost.set(cell.host, resolve)
    below.push({ title: () => hostTitle(row, cell, performance.now(), options, colours), done: promise })
  }

  const saw = (task: string, host: string, text: string) => {
    const cell = running.get(task)?.row.cells.get(host)
    if (cell) cell.last = lastLine(text)
  }

  const endHost = (end: EventOf<'host.end'>) => {
    const drawn = running.get(end.task)
    if (!drawn) return
    if (!drawn.row.cells.has(end.host)) addHosts(drawn, [end.host])
    const cell = drawn.row.cells.get(end.host)
    if (cell) cell.end = end
    drawn.endHost.get(end.host)?.()
  }

  const endTask = (id: string) => {
    const drawn = running.get(id)
    if (!drawn || --drawn.row.open > 0) return
    drawn.row.open = 0
    for (const settle of drawn.endHost.values()) settle()
    drawn.below.close()
    drawn.end()
    running.delete(id)
    if (running.size > 0) return
    group?.close()
    group = undefined
  }

  /** In a picture that stands, or as a line of its own. */
  const message = (text: string) => (group ? addRow({ title: () => text, done: Promise.resolve() }) : say(text))

  const on = (event: RunEvent) => {
    closing.on(event)
    switch (event.type) {
      case 'run.start':
        return say(heading(event, colours))
      case 'play.start':
        return say(`\n${heading(event, colours)}`)
      case 'task.start':
        return startTask(event)
      case 'host.output':
        return saw(event.task, event.host, event.line)
      case 'host.waiting':
        return saw(event.task, event.host, `waiting: ${event.condition}${event.seen ? ` (now: ${event.seen})` : ''}`)
      case 'host.end':
        return endHost(event)
      case 'task.end':
        return endTask(event.task)
      case 'message':
        return message(heading(event, colours))
      case 'play.end':
      case 'run.end':
        return
    }
  }

  /** Also when the run broke off: what still stands open is drawn as it is. */
  const end = async () => {
    for (const { row } of [...running.values()]) {
      row.open = 1
      endTask(row.view.id)
    }
    pictures.close()
    await drawing
    options.write(
      closing
        .lines()
        .map((line) => `${line}\n`)
        .join(''),
    )
  }

  return { on, end }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
