import type { ChangeView } from '../core/events.ts'
import type { Palette } from './colour.ts'
import { showDifference } from './diff.ts'
import type { ReportOptions } from './options.ts'
import { indent, plain } from './text.ts'

/**
 * What was changed, or with `--check` would be: a line each, with `-v` its command, with `--diff` what became what.
 * `note` is what is said of all of them already.
 */
export function changeLines(
  changes: readonly ChangeView[],
  { diff, verbosity }: Pick<ReportOptions, 'diff' | 'verbosity'>,
  colours: Palette,
  note?: string,
): string[] {
  return changes.flatMap((change) => [
    head(change, diff, note),
    ...(verbosity > 0 ? [colours.dim(`  $ ${oneLine(change.command)}`)] : []),
    ...(diff ? textDiff(change, colours) : []),
  ])
}

function head({ summary, diff: difference, maybe }: ChangeView, diff: boolean, note: string | undefined): string {
  const values = diff && difference && !('path' in difference) ? `: ${showDifference(difference)}` : ''
  const doubt = maybe && maybe !== note ? ` (perhaps: ${maybe})` : ''
  return oneLine(`${maybe && !doubt ? 'perhaps ' : ''}${summary}${values}${doubt}`)
}

function textDiff({ diff: difference }: ChangeView, colours: Palette): string[] {
  if (!difference || !('path' in difference)) return []
  const text = plain(showDifference(difference).replaceAll('\r\n', '\\r\n'))
  return text === '' ? [] : text.split('\n').map((line) => indent(paintDiff(line, colours), 2))
}

function paintDiff(line: string, colours: Palette): string {
  if (line.startsWith('+')) return colours.green(line)
  if (line.startsWith('-')) return colours.red(line)
  return line.startsWith('@@') ? colours.cyan(line) : line
}

function oneLine(text: string): string {
  return plain(text)
    .trim()
    .replace(/\s*\n\s*/g, ' ⏎ ')
}
