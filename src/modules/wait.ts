import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, sh, show } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { conditionOf } from './shared/run.ts'
import { hostPath, seconds } from './shared/schema.ts'

/** Waits on the host until something is so, or the time is up; a change that does not count. */
export const wait = defineModule({
  name: 'wait',
  description: 'Waits on the host until a port, a path or a command is as it should be, or the time is up.',
  args: z
    .strictObject({
      port: z.int().min(1).max(65535).optional().describe('a TCP port that accepts connections'),
      host: z.string().min(1).default('localhost').describe('of the port, as seen from the host that waits'),
      path: hostPath.optional().describe('a path that exists'),
      contains: z
        .string()
        .min(1)
        .optional()
        .describe('with path: an extended regular expression that a line of it fits'),
      argv: z.array(z.string()).min(1).optional().describe('words of a command that looks: it ends with 0'),
      shell: z.string().min(1).optional().describe('a line for sh that looks: it ends with 0'),
      gone: z.boolean().default(false).describe('wait until that is not so (any more)'),
      deadline: seconds.default(300).describe('seconds until it is given up, and the task fails'),
      delay: seconds.default(1).describe('seconds between two looks'),
      message: z.string().optional().describe('said when the time is up: what to do'),
    })
    .refine(
      ({ port, path, argv, shell }) => [port, path, argv, shell].filter((given) => given !== undefined).length === 1,
      'one of port, path, argv and shell is needed',
    )
    .refine(({ contains, path }) => contains === undefined || path !== undefined, '"contains" needs a path'),
  absent: { met: false },

  async read(args, look) {
    const { code } = await look.run(conditionFor(args).command)
    return { met: (code === 0) !== args.gone }
  },

  *plan(args, { met }): Iterable<Change> {
    if (met) return
    const { gone, deadline, delay, message: hint } = args
    const { command, positive, negative } = conditionFor(args)
    const what = gone ? negative : positive
    const script = sh(waitScript, deadline, delay, gone ? 'gone' : '', what, ...command.argv)
    const waiting = { ...script, display: `wait until ${what}`, timeout: deadline + 30 }
    yield change(`wait until ${what}`, waiting, undefined, { counts: false, ...(hint ? { hint } : {}) })
  },
})

interface Wanted {
  readonly port?: number | undefined
  readonly host: string
  readonly path?: string | undefined
  readonly contains?: string | undefined
  readonly argv?: readonly string[] | undefined
  readonly shell?: string | undefined
}

interface Condition {
  readonly command: Command
  readonly positive: string
  readonly negative: string
}

function conditionFor({ port, host, path, contains, argv, shell = '' }: Wanted): Condition {
  if (port !== undefined) {
    const where = `port ${port} of ${host}`
    const command = { argv: ['timeout', '5', 'bash', '-c', connectScript, 'bash', host, String(port)] }
    const display = `connect to ${where}`
    return { command: { ...command, display }, positive: `${where} is open`, negative: `${where} is closed` }
  }
  if (path !== undefined && contains !== undefined) {
    const command = { argv: ['grep', '-qE', '-e', contains, '--', path] }
    return { command, positive: `${path} contains ${contains}`, negative: `${path} does not contain ${contains}` }
  }
  if (path !== undefined)
    return { command: { argv: ['test', '-e', path] }, positive: `${path} exists`, negative: `${path} is gone` }
  const command = conditionOf(argv ?? shell)
  return { command, positive: `${show(command)} succeeds`, negative: `${show(command)} fails` }
}

/** Bash's own way to open a connection: every host has it, which cannot be said of nc. */
const connectScript = 'exec 3<>"/dev/tcp/$1/$2"'

/** The time since boot is used, since a clock may be set while we wait. What was seen last is said when it changes. */
const waitScript = `deadline=$1 delay=$2 gone=$3 what=$4
shift 4
uptime() { read -r now rest < /proc/uptime; now=\${now%%.*}; }
uptime
end=$((now + \${deadline%%.*}))
while :; do
  seen=$(timeout $((end - now + 1)) "$@" 2>&1 </dev/null)
  code=$?
  if [ -n "$gone" ]; then [ $code = 0 ] || exit 0; else [ $code != 0 ] || exit 0; fi
  [ "$seen" = "$last" ] || printf '%s\\n' "$seen" | tail -n 1
  last=$seen
  uptime
  [ "$now" -lt "$end" ] || break
  sleep "$delay"
done
echo "not within $deadline s: $what (last exit code $code)" >&2
[ -z "$seen" ] || printf 'last output: %s\\n' "$seen" | tail -n 5 >&2
exit 1`
