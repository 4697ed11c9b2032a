import type { Difference } from '../core/change.ts'

/** Lines of context around a change, as in `diff -u`. */
const context = 3

/** More edits than this are not aligned any further: the differing middle is shown as removed and added. */
const mostEdits = 500

/** What a change turns into what, for people: `2 → 3` for a value, a unified diff for a text. */
export function showDifference(difference: Difference): string {
  if ('path' in difference) {
    const { path, before, after } = difference
    return unifiedDiff(path, before, after)
  }
  return `${value(difference.from)} → ${value(difference.to)}`
}

/** A unified diff of a text, empty when nothing differs; `before` undefined means that the file is new. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  const edits = compare(lines(before ?? ''), lines(after))
  const hunks = hunksOf(edits)
  if (hunks.length === 0) return ''
  const old = before === undefined ? '/dev/null' : path
  return [`--- ${old}`, `+++ ${path}`, ...hunks].join('\n')
}

function value(thing: unknown): string {
  if (thing === undefined) return '(none)'
  return typeof thing === 'string' ? thing : (JSON.stringify(thing) ?? String(thing))
}

/** Lines with their ends, so that a missing last one is a difference too. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

function compare(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  const most = Math.min(before.length, after.length) - start
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return [
    ...before.slice(0, start).map(kept),
    ...shortestEdits(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(kept),
  ]
}

/** Myers' greedy algorithm (1986): the furthest reach on each diagonal, edit by edit, then the way back. */
function shortestEdits(a: readonly string[], b: readonly string[]): Edit[] {
  const trace: Map<number, number>[] = []
  let reach = new Map<number, number>([[1, 0]])
  for (let d = 0; d <= Math.min(a.length + b.length, mostEdits); d++) {
    trace.push(reach)
    reach = new Map(reach)
    for (let k = -d; k <= d; k += 2) {
      const x = slide(a, b, k, down(reach, k, d) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1)
      reach.set(k, x)
      if (x >= a.length && x - k >= b.length) return wayBack(trace, a, b)
    }
  }
  return [...a.map(removed), ...b.map(added)]
}

/** From `x` on diagonal `k` along the lines that are the same. */
function slide(a: readonly string[], b: readonly string[], k: number, x: number): number {
  let to = x
  while (to < a.length && to - k < b.length && a[to] === b[to - k]) to++
  return to
}

function wayBack(trace: readonly Map<number, number>[], a: readonly string[], b: readonly string[]): Edit[] {
  const edits: Edit[] = []
  let x = a.length
  let y = b.length
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d] as Map<number, number>
    const k = x - y
    const from = down(reach, k, d) ? k + 1 : k - 1
    const fromX = reach.get(from) ?? 0
    const fromY = fromX - from
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      edits.push(kept(a[--x] as string))
      y--
    }
    if (d > 0) edits.push(x === fromX ? added(b[--y] as string) : removed(a[--x] as string))
  }
  return edits.reverse()
}

function down(reach: ReadonlyMap<number, number>, k: number, d: number): boolean {
  return k === -d || (k !== d && (reach.get(k - 1) ?? 0) < (reach.get(k + 1) ?? 0))
}

function hunksOf(edits: readonly Edit[]): string[] {
  const near = edits.map((_, index) =>
    edits.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== ' '),
  )
  const texts: string[] = []
  let oldLine = 1
  let newLine = 1
  let hunk: Edit[] = []
  edits.forEach((edit, index) => {
    if (near[index]) hunk.push(edit)
    if (edit.sign !== '+') oldLine++
    if (edit.sign !== '-') newLine++
    if (hunk.length > 0 && !near[index + 1]) {
      texts.push(hunkText(hunk, oldLine, newLine))
      hunk = []
    }
  })
  return texts
}

/** One hunk, given the line numbers that follow it. */
function hunkText(hunk: readonly Edit[], oldNext: number, newNext: number): string {
  const oldCount = hunk.filter(({ sign }) => sign !== '+').length
  const newCount = hunk.filter(({ sign }) => sign !== '-').length
  const head = `@@ -${range(oldNext, oldCount)} +${range(newNext, newCount)} @@`
  return [head, ...hunk.map(editText)].join('\n')
}

function range(next: number, length: number): string {
  const first = length === 0 ? next - 1 : next - length
  return length === 1 ? String(first) : `${first},${length}`
}

function editText({ sign, line }: Edit): string {
  return line.endsWith('\n') ? sign + line.slice(0, -1) : `${sign}${line}\n\\ No newline at end of file`
}

const kept = (line: string): Edit => ({ sign: ' ', line })
const removed = (line: string): Edit => ({ sign: '-', line })
const added = (line: string): Edit => ({ sign: '+', line })
