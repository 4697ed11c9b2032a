import type { HostEnd, Reporter, RunEvent, TaskView } from '../core/events.ts'
import { diagnosisLines } from './failures.ts'
import { plain } from './text.ts'

type RunEnd = Extract<RunEvent, { type: 'run.end' }>

interface Case {
  readonly task: TaskView | undefined
  readonly end: HostEnd
}

interface Suite {
  readonly name: string
  readonly cases: Case[]
}

/**
 * A JUnit report, as CI systems read it (the format of Apache Ant's junit task): a suite for each play, a test case for
 * each task on each host. An unreachable host is an error, a failed task a failure; one that is ignored or rescued is neither.
 */
export function junitReporter({ write }: { readonly write: (text: string) => void }): Reporter {
  const tasks = new Map<string, TaskView>()
  const suites: Suite[] = []
  let playbook = ''
  return {
    on: (event) => {
      if (event.type === 'run.start') playbook = event.playbook
      else if (event.type === 'play.start') suites.push({ name: event.play, cases: [] })
      else if (event.type === 'task.start') tasks.set(event.task.id, event.task)
      else if (event.type === 'host.end') suites.at(-1)?.cases.push({ task: tasks.get(event.task), end: event })
      else if (event.type === 'run.end') write(report(playbook, suites, event))
    },
  }
}

function report(playbook: string, suites: readonly Suite[], { seconds }: RunEnd): string {
  const cases = suites.flatMap((suite) => suite.cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(playbook)}" ${totals(cases)} time="${seconds.toFixed(3)}">`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n')
}

function suiteLines({ name, cases }: Suite): string[] {
  const seconds = cases.reduce((sum, { end }) => sum + end.seconds, 0)
  return [
    `  <testsuite name="${attribute(name)}" ${totals(cases)} time="${seconds.toFixed(3)}">`,
    ...cases.flatMap((item) => caseLines(name, item)),
    '  </testsuite>',
  ]
}

function caseLines(suite: string, { task, end }: Case): string[] {
  const name = attribute(`${task?.name ?? end.task} [${end.host}]`)
  const where = task?.location ? ` file="${attribute(task.location.file)}" line="${task.location.line ?? 1}"` : ''
  const head = `    <testcase classname="${attribute(suite)}" name="${name}"${where} time="${end.seconds.toFixed(3)}"`
  const inner = [...outcome(end), ...changes(end)]
  return inner.length > 0 ? [`${head}>`, ...inner.map((line) => `      ${line}`), '    </testcase>'] : [`${head}/>`]
}

function outcome(end: HostEnd): string[] {
  const { status, failure, note = '' } = end
  if (status === 'skipped') return [`<skipped message="${attribute(note)}"/>`]
  const tag = { failures: 'failure', errors: 'error', skipped: undefined, passed: undefined }[kindOf(end)]
  if (!tag) return []
  const message = attribute(failure?.summary ?? status)
  return [`<${tag} type="${status}" message="${message}">${escaped(diagnosisLines(failure).join('\n'))}</${tag}>`]
}

function changes({ changes }: HostEnd): string[] {
  if (changes.length === 0) return []
  return [`<system-out>${escaped(changes.map(({ summary }) => `changed: ${summary}`).join('\n'))}</system-out>`]
}

function kindOf({ status, ignored, rescued }: HostEnd): 'failures' | 'errors' | 'skipped' | 'passed' {
  if (status === 'skipped') return 'skipped'
  if (ignored || rescued) return 'passed'
  return status === 'failed' ? 'failures' : status === 'unreachable' ? 'errors' : 'passed'
}

function totals(cases: readonly Case[]): string {
  const number = (kind: ReturnType<typeof kindOf>) => cases.filter(({ end }) => kindOf(end) === kind).length
  return `tests="${cases.length}" failures="${number('failures')}" errors="${number('errors')}" skipped="${number('skipped')}"`
}

function attribute(text: string): string {
  return escaped(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/** XML 1.0 knows no control characters, not even escaped. */
function escaped(text: string): string {
  return plain(text)
    .replace(/[\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
