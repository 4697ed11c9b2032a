import type { CommandResult } from './command.ts'

/** What the C library says of faults that have one remedy, whichever program met them. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/no space left on device/i, 'free space there: df -h and df -i say which file system has none'],
  [/disk quota exceeded/i, 'free space there, or raise the quota of that user'],
  [/read-only file system/i, 'find out by dmesg there why it is read-only, then mount -o remount,rw'],
  [/too many open files/i, 'raise the limit of open files there (ulimit -n)'],
  [/cannot allocate memory|out of memory/i, 'look at the memory there: free -m, and dmesg for what was killed'],
]

/**
 * What to try when a command failed: what its own words say for certain, or else `known` by whoever gave the command, or
 * else what follows from how it ended.
 */
export function hintFor({ timedOut, stdout, stderr }: CommandResult, known: string | undefined): string | undefined {
  const said = (stderr.trim() || stdout).slice(-4000)
  const certain = rules.find(([pattern]) => pattern.test(said))?.[1]
  if (certain || known || timedOut === undefined) return certain ?? known
  return 'see what it waits for on the host; give the task a longer timeout when it only needs more time'
}
