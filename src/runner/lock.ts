import { type Command, sh } from '../core/command.ts'
import { CommandFailed, TaskFailed } from '../core/errors.ts'
import type { Connection } from '../core/transport.ts'
import { pause } from './until.ts'

export interface LockSettings {
  /** Who is told to others: user, machine, playbook, since when. No two runs have the same. */
  readonly owner: string
  /** Wait for another run to end, instead of failing at once. */
  readonly wait: boolean
}

/** Seconds between two tries. */
const delay = 2

/** flock's exit code for “somebody else has it”, as sysexits(3) has it for “try again”. */
const taken = 75

export interface Locking {
  readonly host: string
  readonly become: string | undefined
  readonly signal: AbortSignal | undefined
  readonly settings: LockSettings
  /** Called while another run has it, with what is known of that run. */
  waiting(holder: string): void
}

/**
 * Takes the lock of a host for one user: what one run changes, no other does at the same time. It is held by the
 * connection, and gone with it.
 *
 * @throws TaskFailed that names who holds it, unless told to wait.
 */
export async function takeLock(connection: Connection, locking: Locking): Promise<void> {
  const { host, become, signal, settings, waiting } = locking
  const command = lockCommand(settings.owner)
  for (;;) {
    const held = await connection.hold(command, { become, signal })
    if ('line' in held && held.line === 'held') return
    const holder = 'line' in held ? held.line : held.ended.stdout.trim()
    // Somebody who logged in as root and one who became root are the same to the host.
    if (holder.startsWith(settings.owner)) return
    if ('ended' in held && held.ended.code !== taken && holder === '') throw new CommandFailed(command, held.ended)
    if (!settings.wait || signal?.aborted)
      throw new TaskFailed({
        summary: `${host} is being changed by another run: ${holder}`,
        hint: `wait for it with --wait; if that run is gone for good, end that process on ${host}`,
      })
    waiting(holder)
    await pause(delay, signal)
  }
}

function lockCommand(owner: string): Command {
  return { ...sh(script, owner), display: 'lock the host for this run' }
}

/**
 * Root's lock is below /run, where nobody else can put a link in its place; others have one in their home. Who has only
 * just taken it may not have written its name yet: a name whose process is gone is not believed for two seconds.
 */
const script = `umask 022
if [ "$(id -u)" = 0 ]; then lock=/run/ceph-playbook.lock; else lock=\${HOME:?}/.ceph-playbook.lock; fi
exec 9>>"$lock" || exit 1
i=0
until flock -n 9; do
  holder=$(cat "$lock") pid=\${holder##* }
  if { [ "$pid" ] && [ -d "/proc/$pid" ]; } || [ $((i += 1)) -gt 20 ]; then
    printf '%s\\n' "$holder"
    exit ${taken}
  fi
  sleep 0.1
done
printf '%s, process %s\\n' "$1" $$ > "$lock"
echo held
exec sleep 2000000`
