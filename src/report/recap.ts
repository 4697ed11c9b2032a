import type { HostRecap, RunEvent } from '../core/events.ts'
import { type Palette, statusPaint } from './colour.ts'
import { foldAbove } from './options.ts'
import { count, duration } from './text.ts'

type RunEnd = Extract<RunEvent, { type: 'run.end' }>
type Column = Exclude<keyof HostRecap, 'host'>

/** Ansible's columns in Ansible's order. */
const columns: readonly Column[] = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored']

/** Shown only when there are any. */
const rare: readonly Column[] = ['rescued', 'ignored']

/** The table at the end of a run, and one line of totals. Hosts with the same counts share a row when there are many. */
export function recapLines(end: RunEnd, check: boolean, colours: Palette): string[] {
  const rows = rowsOf(end.recap)
  const shown = columns.filter((column) => !rare.includes(column) || end.recap.some((row) => row[column] > 0))
  const width = Math.max(0, ...rows.map(({ host }) => host.length))
  const widths = shown.map((column) => Math.max(...rows.map((row) => `${column}=${row[column]}`.length)))
  const table = rows.map((row) => {
    const cells = shown.map((column, index) => cell(row, column, widths[index] ?? 0, colours))
    return `${host(row, width, colours)} : ${cells.join('  ').trimEnd()}`
  })
  return [...table, ...(rows.length > 0 ? [''] : []), totals(end, check)]
}

function cell(row: HostRecap, column: Column, width: number, colours: Palette): string {
  const text = `${column}=${row[column]}`.padEnd(width)
  if (row[column] === 0) return text
  return statusPaint(colours, column === 'ignored' || column === 'rescued' ? 'skipped' : column)(text)
}

function host(row: HostRecap, width: number, colours: Palette): string {
  const name = row.host.padEnd(width)
  if (row.unreachable > 0) return colours.magenta(name)
  if (row.failed > 0) return colours.red(name)
  return row.changed > 0 ? colours.yellow(name) : colours.green(name)
}

function rowsOf(recap: readonly HostRecap[]): readonly HostRecap[] {
  if (recap.length <= foldAbove) return recap
  const groups = new Map<string, HostRecap[]>()
  for (const row of recap) {
    const failed = row.failed + row.unreachable > 0
    const same = failed ? row.host : columns.map((column) => row[column]).join()
    groups.set(same, [...(groups.get(same) ?? []), row])
  }
  const rows = [...groups.values()].map((group) => ({ size: group.length, row: merged(group) }))
  return rows.sort((a, b) => b.size - a.size).map(({ row }) => row)
}

function merged(group: readonly HostRecap[]): HostRecap {
  const first = group[0] as HostRecap
  return group.length === 1 ? first : { ...first, host: `${group.length} hosts` }
}

/** `4 hosts in 12.3s: 2 changed, 1 failed; 9 requests over 4 connections`. */
function totals({ recap, seconds, requests, connections }: RunEnd, check: boolean): string {
  const hostsWith = (column: Column) => recap.filter((row) => row[column] > 0).length
  const parts = [
    [hostsWith('changed'), check ? 'would change' : 'changed'],
    [hostsWith('failed'), 'failed'],
    [hostsWith('unreachable'), 'unreachable'],
  ] as const
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`)
  const result = said.length > 0 ? said.join(', ') : check ? 'nothing to change' : 'nothing changed'
  return `${count(recap.length, 'host')} in ${duration(seconds)}: ${result}; ${count(requests, 'request')} over ${count(connections, 'connection')}`
}
