import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd, sh, show } from '../core/command.ts'
import { TaskFailed } from '../core/errors.ts'
import { sha256 } from '../core/files.ts'
import type { Look } from '../core/look.ts'
import { defineModule } from '../core/module.ts'
import { type Task, type TaskOptions, task } from '../core/task.ts'
import { commandOf, oneOfBoth, runArguments } from './shared/run.ts'

const folder = '/run/ceph-playbook-jobs'

const name = z
  .string()
  .regex(/^[\w][\w.-]{0,80}$/, 'letters, digits, ".", "_" and "-" are expected')
  .describe('tells the job apart from others of the host')

const { timeout: _timeout, stdin: _stdin, ...how } = runArguments

/** What is known of a job on its host. */
export interface Job {
  readonly name: string
  /** `lost`: it was ended from outside, or the host was started anew. */
  readonly state: 'running' | 'ended' | 'lost'
  /** Its exit code, once it has ended. */
  readonly code?: number
  /** The end of what it printed, errors included. */
  readonly output: string
}

interface Found extends Job {
  /** Of the command that was started. */
  readonly hash: string
  /** Somebody waited for it to its end. */
  readonly collected: boolean
}

/**
 * A command that goes on by itself, as a unit of systemd: the run goes on with other things, and a connection that is lost
 * does not end it. A job that runs, or ended and was not waited for yet, is not started again; one that was is.
 */
export const job = defineModule({
  name: 'job',
  description:
    'Starts a command that goes on by itself while the playbook does other things, and survives a lost connection; jobEnd waits for it. Needs root and systemd.',
  args: z.strictObject({ name, ...how }).refine(oneOfBoth, 'either argv or shell is needed, and not both'),
  absent: undefined,
  scope: 'host',
  read: ({ name }, look) => readJob(look, name),

  *plan({ name, ...run }, have): Iterable<Change> {
    const { argv, env = {}, display } = commandOf(run)
    const hash = sha256(JSON.stringify([argv, env])).slice(0, 16)
    if (have && have.state !== 'lost' && !have.collected) {
      if (have.hash !== hash) throw another(name, have)
      return
    }
    const settings = Object.entries(env).map(([key, value]) => `--setenv=${key}=${value}`)
    const command: Command = {
      ...sh(startScript, folder, name, hash, settings.length, ...settings, ...argv),
      display: `systemd-run --unit=${unitOf(name)} ${display ?? show({ argv })}`,
    }
    yield change(`start job ${name}: ${display ?? show({ argv })}`, command)
  },

  output: (_, have): Job | undefined => have,
})

/** How a job stands. One that has ended is marked as seen, and may be started again. */
export const jobEnd = defineModule({
  name: 'jobEnd',
  description:
    'How a job that was started with job stands: its output is { name, state, code, output }. One that has ended may be started again from then on. See awaitJob.',
  args: z.strictObject({ name }),
  absent: undefined,
  scope: 'host',
  read: ({ name }, look) => readJob(look, name),

  *plan({ name }, have): Iterable<Change> {
    if (have && have.state !== 'running' && !have.collected)
      yield change(`job ${name} has ended`, cmd`touch ${folder}/${name}/collected`, undefined, { counts: false })
  },

  output: ({ name }, have): Job => have ?? { name, state: 'lost', output: '' },
})

export interface AwaitJob {
  /** Exit codes that are a success. Default 0. */
  readonly codes?: readonly number[]
  /** Seconds until it is given up; the job goes on. Default an hour. */
  readonly deadline?: number
  /** Seconds between two looks. Default 5. */
  readonly delay?: number
}

/** A task that waits for a job and fails when the job did; its output is how it ended. */
export function awaitJob(
  title: string,
  started: Task<Job>,
  { codes = [0], deadline = 3600, delay = 5 }: AwaitJob = {},
  options: Omit<TaskOptions<Job>, 'until' | 'failedWhen'> = {},
): Task<Job> {
  return task(
    title,
    jobEnd(({ output }) => ({ name: output(started).name })),
    {
      ...options,
      until: {
        condition: 'the job has ended',
        met: ({ state }) => state !== 'running',
        describe: (seen) => lastLine(seen) ?? 'it runs',
        delay,
        deadline,
      },
      failedWhen: (ended) => whyFailed(ended, codes),
    },
  )
}

function whyFailed(ended: Job, codes: readonly number[]): string | undefined {
  const { name, state, code } = ended
  if (state === 'ended' && code !== undefined && codes.includes(code)) return undefined
  const how = state === 'ended' ? `ended with exit code ${code}` : 'was ended before it was done'
  return [`job ${name} ${how}`, lastLine(ended)].filter(Boolean).join(': ')
}

function lastLine(seen: Job | undefined): string | undefined {
  return seen?.output.trimEnd().split('\n').at(-1) || undefined
}

async function readJob(look: Look, name: string): Promise<Found | undefined> {
  const text = await look.text({ ...sh(readScript, folder, name, unitOf(name)), display: `look at job ${name}` })
  const [head = '', ...lines] = text.split('\n')
  const [hash, active, code, collected] = head.split(' ')
  if (!hash) return undefined
  const common = { name, hash, collected: collected === 'collected', output: lines.join('\n') }
  if (code !== '-') return { ...common, state: 'ended', code: Number(code) }
  return { ...common, state: active === 'active' ? 'running' : 'lost' }
}

function unitOf(name: string): string {
  return `ceph-playbook-job-${name}.service`
}

function another(name: string, { state }: Found): TaskFailed {
  return new TaskFailed({
    summary: `another command ${state === 'running' ? 'runs' : 'ended and was not waited for yet'} as job ${name}`,
    hint: `give this job another name, wait for that one with jobEnd, or end it: systemctl stop ${unitOf(name)}`,
  })
}

const readScript = `cd "$1/$2" 2> /dev/null && [ -f hash ] || exit 0
if systemctl is-active --quiet "$3"; then active=active; else active=-; fi
code=-; [ ! -f code ] || code=$(cat code)
collected=-; [ ! -f collected ] || collected=collected
echo "$(cat hash) $active $code $collected"
tail -c 65536 output`

/** The unit's shell writes the exit code down, so that it is known on every version of systemd, and after the unit is gone. */
const startScript = `set -e
[ -d /run/systemd/system ] || { echo 'jobs need a host that runs systemd' >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo 'jobs need root: become: true' >&2; exit 1; }
place=$1/$2 unit=ceph-playbook-job-$2.service hash=$3 count=$4
shift 4
mkdir -p -m 700 "\${place%/*}"
rm -rf "$place"
mkdir -m 700 "$place"
: > "$place/output"
echo "$hash" > "$place/hash"
systemctl reset-failed "$unit" 2> /dev/null || true
index=0
for word; do
  shift
  if [ "$index" = "$count" ]; then
    set -- "$@" /bin/sh -c 'cd / && place=$1; shift
"$@" >> "$place/output" 2>&1 < /dev/null
echo $? > "$place/code.new"; mv "$place/code.new" "$place/code"' sh "$place"
  fi
  set -- "$@" "$word"
  index=$((index + 1))
done
systemd-run --quiet --unit="$unit" "$@"`
