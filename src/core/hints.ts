import type { CommandResult } from './command.ts'

/** What the C library says of faults that have one remedy, whichever program met them. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/no space left on device/i, 'free space there: df -h and df -i say which file system has none'],
  [/disk quota exceeded/i, 'free space there, or raise the quota of that user'],
  [/read-only file system/i, 'find out by dmesg there why it is read-only, then mount -o remount,rw'],
  [/too many open files/i, 'raise the limit of open files there (ulimit -n)'],
  [/cannot allocate memory|out of memory/i, 'look at the memory there: free -m, and dmesg for what was killed'],
]

/** What to try when a command failed, by what it said and how it ended; undefined when that tells nothing. */
export function hintFor({ timedOut, stdout, stderr }: CommandResult): string | undefined {
  if (timedOut !== undefined)
    return 'see what it waits for on the host; give the task a longer timeout when it only needs more time'
  const said = (stderr.trim() || stdout).slice(-4000)
  return rules.find(([pattern]) => pattern.test(said))?.[1]
}
