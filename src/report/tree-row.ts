import type { HostEnd, HostStatus, TaskView } from '../core/events.ts'
import { changeLines } from './changes.ts'
import { type Palette, statusPaint } from './colour.ts'
import { statusOf } from './failures.ts'
import { foldAbove, type ReportOptions } from './options.ts'
import { forEachHost, sameResults } from './same-results.ts'
import { cut, duration, indent, names, plain } from './text.ts'

/** What is known of a task on one host. */
export interface HostCell {
  readonly host: string
  /** Milliseconds on the clock of `performance`. */
  readonly started: number
  /** The last line of output, or what is waited for. */
  last: string
  end: HostEnd | undefined
}

/** A task with its hosts. */
export interface TaskRow {
  readonly view: TaskView
  readonly started: number
  readonly cells: Map<string, HostCell>
  /** How often it was started and has not ended. */
  open: number
}

type Style = Pick<ReportOptions, 'columns' | 'diff' | 'verbosity'>

const order: readonly HostStatus[] = ['failed', 'unreachable', 'changed', 'skipped', 'ok']
/** With many hosts, so many different results are told of a task. */
const mostKinds = 5

const icons = { ok: '✔', changed: '✔', skipped: '↓', failed: '✖', unreachable: '✖' } as const

/** The task, how its hosts did, and since when it runs or how long it took; with many hosts the exceptions below. */
export function taskTitle(row: TaskRow, now: number, style: Style, colours: Palette): string {
  const cells = [...row.cells.values()]
  const over = row.open === 0
  const seconds = over ? Math.max(0, ...cells.map(({ end }) => end?.seconds ?? 0)) : (now - row.started) / 1000
  const time = duration(seconds)
  const tally = tallyOf(cells, colours)
  const name = (row.view.handler ? 'handler: ' : '') + row.view.name
  const room = style.columns() - tally.width - time.length - 10
  const head = `${icon(cells, over, colours)}${cut(name, Math.max(20, room))}  ${tally.text}  ${colours.dim(time)}`
  return isFolded(row) ? [head, ...exceptions(cells, over, style, colours)].join('\n') : head
}

/** A host below its task; empty, and so not shown, when there is nothing to tell or too many would tell it. */
export function hostTitle(row: TaskRow, cell: HostCell, now: number, style: Style, colours: Palette): string {
  const { host, end, last } = cell
  const over = row.open === 0
  if (isFolded(row)) return ''
  if (end) return over && !isTelling(end, style) ? '' : endTitle(end, style, colours)
  if (over) return `${host}  not finished`
  return cut(`${host}  ${duration((now - cell.started) / 1000)}${last ? `  ${last}` : ''}`, style.columns() - 6)
}

function endTitle(end: HostEnd, style: Style, colours: Palette): string {
  const paint = statusPaint(colours, end.status)
  const status = statusOf(end)
  const reason = plain(end.failure?.summary ?? end.note ?? '').split('\n')[0] ?? ''
  const room = style.columns() - end.host.length - status.length - 18
  const head = `${paint(icons[end.status])} ${end.host}  ${paint(status)}  ${colours.dim(duration(end.seconds))}`
  return [
    reason ? `${head}  ${cut(reason, Math.max(20, room))}` : head,
    ...changeLines(end.changes, style, colours, end.note).map((line) => indent(line, 2)),
  ].join('\n')
}

function isTelling({ status, changes }: HostEnd, { verbosity }: Style): boolean {
  return verbosity > 0 || changes.length > 0 || (status !== 'ok' && status !== 'skipped')
}

/** Whether there are too many hosts for a line each. */
export function isFolded({ cells }: TaskRow): boolean {
  return cells.size > foldAbove
}

function icon(cells: readonly HostCell[], over: boolean, colours: Palette): string {
  if (!over) return ''
  const worst = order.find((status) => cells.some(({ end }) => end?.status === status)) ?? 'skipped'
  return `${statusPaint(colours, worst)(icons[worst])} `
}

function tallyOf(cells: readonly HostCell[], colours: Palette): { readonly text: string; readonly width: number } {
  const parts = order.flatMap((status) => {
    const number = cells.filter(({ end }) => end?.status === status).length
    return number > 0 ? [{ text: `${number} ${status}`, paint: statusPaint(colours, status) }] : []
  })
  const running = cells.filter(({ end }) => !end).length
  if (running > 0) parts.push({ text: `${running} running`, paint: (text) => text })
  return {
    text: parts.map(({ text, paint }) => paint(text)).join(', '),
    width: parts.map(({ text }) => text).join(', ').length,
  }
}

/** With many hosts: those that something is to be said of, and what changed, told once. */
function exceptions(cells: readonly HostCell[], over: boolean, style: Style, colours: Palette): string[] {
  const ends = cells.flatMap(({ end }) => (end ? [end] : []))
  const bad = (['failed', 'unreachable'] as const).flatMap((status) => {
    const hosts = ends.filter((end) => end.status === status).map(({ host }) => host)
    return hosts.length > 0 ? [`${status}: ${names(hosts, 4)}`] : []
  })
  const running = cells.filter(({ end }) => !end)
  const waiting = !over && running.length > 0 && running.length < cells.length ? [waitingLine(running)] : []
  const lines = [...bad, ...waiting].map((line) => cut(line, style.columns() - 8))
  return over ? [...lines, ...changesOf(ends, style, colours)] : lines
}

function waitingLine(running: readonly HostCell[]): string {
  const last = running.find((cell) => cell.last)?.last
  return `waiting for ${names(
    running.map(({ host }) => host),
    3,
  )}${last ? `: ${last}` : ''}`
}

function changesOf(ends: readonly HostEnd[], style: Style, colours: Palette): string[] {
  const changed = sameResults(
    ends.filter(({ changes }) => changes.length > 0),
    style,
  ).reverse()
  const told = changed.slice(0, mostKinds).flatMap((group) => {
    const hosts = group.map(({ host }) => host)
    const lines = changeLines(group[0]?.changes ?? [], style, colours, group[0]?.note).map((line) => indent(line, 2))
    return [cut(`changed: ${names(hosts, 4)}`, style.columns() - 8), ...forEachHost(lines, group)]
  })
  const rest = changed.length - mostKinds
  return rest > 0 ? [...told, `and ${rest} other kinds of change; --output lines has them all`] : told
}
