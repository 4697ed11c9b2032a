import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd, sh } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { seconds } from './shared/schema.ts'

/** Restarts a host, and waits until it is really back; good in a handler. */
export const reboot = defineModule({
  name: 'reboot',
  description: 'Restarts a host and waits until it is really back: reachable, started anew, its services started.',
  args: z.strictObject({
    when: z
      .enum(['always', 'required'])
      .default('always')
      .describe('required: only where the host says that an update needs it'),
    deadline: seconds.default(600).describe('seconds until it is given up, and the task fails'),
  }),
  absent: { before: '', required: true },

  async read({ when }, look): Promise<{ before: string; required: boolean }> {
    const [before, required] = await Promise.all([
      look.text(started),
      when === 'always' || look.text(needsRestart).then((answer) => answer.trim() === 'yes'),
    ])
    return { before: before.trim(), required }
  },

  *plan({ deadline }, { before, required }): Iterable<Change> {
    if (required) yield change('reboot', restart, undefined, { restart: { proof, before, deadline } })
  },
})

/** The kernel's name for this boot, and when the first process was started: a container keeps the former. */
const identity = 'cat /proc/sys/kernel/random/boot_id; cut -d " " -f 22 /proc/1/stat'
const started: Command = { ...sh(identity), display: 'cat /proc/sys/kernel/random/boot_id' }

const proof: Command = {
  ...sh(`state=$(systemctl is-system-running)
case $state in running|degraded) ;; *) echo "its services are not started yet (\${state:-no answer})" >&2; exit 1;; esac
${identity}`),
  display: 'systemctl is-system-running',
}

/** In a moment, and by another process: the answer to this command is to arrive. */
const restart: Command = cmd`systemd-run --quiet --on-active=1 --timer-property=AccuracySec=100ms systemctl reboot`

/** Debian's mark, or the answer of dnf's needs-restarting. */
const needsRestart: Command = {
  ...sh(`if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then echo yes
elif command -v needs-restarting >/dev/null; then
  needs-restarting -r >/dev/null 2>&1
  case $? in 0) echo no;; 1) echo yes;; *) exit 2;; esac
else echo no; fi`),
  display: 'needs-restarting -r',
}
