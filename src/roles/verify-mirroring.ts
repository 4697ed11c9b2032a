import { block, type TaskItem } from '../core/block.ts'
import { type TaskContext, task, type Until } from '../core/task.ts'
import { debug } from '../modules/debug.ts'
import { type Checksum, checksum, content, type Seen } from '../modules/rbd/content.ts'
import { image } from '../modules/rbd/image.ts'
import { peers } from '../modules/rbd/looks.ts'
import { mirrorImage } from '../modules/rbd/mirror-image.ts'
import { mirrorSnapshot } from '../modules/rbd/mirror-snapshot.ts'
import { siteOf } from './ceph-hosts.ts'
import { adminOf, onAdmin } from './mirror-site.ts'

export interface VerifyOptions {
  readonly pool: string
  readonly sites: readonly [string, string]
  readonly mirroring: 'journal' | 'snapshot'
  /** What is written; another text each run, so that an old copy cannot pass for a new one. */
  readonly text: string
  /** Seconds to wait for a new image, and for a write. */
  readonly deadline: number
}

/**
 * Proves that data written on one site is read on the other, in each direction that the pool's peers have: an image is
 * made and filled, its copy awaited, filled once more while it is followed, and awaited again; then it is deleted. What
 * counts is the content read from the other cluster, not what a status says. For plays on `mons`.
 */
export function verifyMirroring({ pool, sites, mirroring, text, deadline }: VerifyOptions): readonly TaskItem[] {
  const otherOf = ({ host }: TaskContext) => (siteOf(host) === sites[0] ? sites[1] : sites[0])
  const own = ({ host }: TaskContext) => ({ pool, image: imageOf(siteOf(host)) })
  const theirs = (context: TaskContext) => ({ pool, image: imageOf(otherOf(context)) })

  const look = task('See which way the pool is mirrored', peers({ pool }), { when: onAdmin })
  const receivesAt = (context: TaskContext, site: string) =>
    context.output(look, adminOf(context, site)).peers.some(({ direction }) => direction !== 'tx-only')
  const receives = (context: TaskContext) => receivesAt(context, siteOf(context.host))
  const sends = (context: TaskContext) => receivesAt(context, otherOf(context))

  const write = (what: string, line: string) =>
    task(
      what,
      content((context) => ({ ...own(context), text: `${line} ${siteOf(context.host)}` })),
      { when: sends },
    )
  const arrive = (what: string, written: ReturnType<typeof write>) =>
    task(
      what,
      checksum((context) => ({
        ...theirs(context),
        expected: context.output(written, adminOf(context, otherOf(context))).sha256,
      })),
      { when: receives, until: { ...arrived, deadline } },
    )
  const snapshot = task('Take a mirror snapshot', mirrorSnapshot(own), { when: sends })

  const first = write('Fill it with a known content', `first ${text}`)
  const second = write('Fill it anew while it is followed', `second ${text}`)
  const copied = arrive('Wait until the other site has the same content', first)
  const replayed = arrive('Wait until the other site has that too', second)
  const reportOf = (context: TaskContext) => {
    const other = otherOf(context)
    return report(
      other,
      siteOf(context.host),
      context.output(second, adminOf(context, other)),
      context.output(replayed),
    )
  }
  const snapshots = mirroring === 'snapshot' ? [snapshot] : []
  return [
    look,
    block({
      when: onAdmin,
      tasks: [
        task(
          'Create an image',
          image((context) => ({ ...own(context), size: '4M' })),
          {
            when: sends,
          },
        ),
        first,
        task(
          'Mirror it',
          mirrorImage((context) => ({ ...own(context), mode: mirroring })),
          { when: sends },
        ),
        copied,
        second,
        ...snapshots,
        replayed,
        task(
          'Report',
          debug((context) => ({ message: reportOf(context) })),
          {
            when: receives,
          },
        ),
      ],
      always: [
        task(
          'Delete the image',
          image((context) => ({ ...own(context), state: 'absent' })),
          { when: sends },
        ),
      ],
    }),
    block({
      when: onAdmin,
      tasks: [
        task('Wait until the copy is deleted too', checksum(theirs), {
          when: receives,
          until: { ...vanished, deadline },
        }),
      ],
    }),
  ]
}

const arrived: Until<Seen> = {
  condition: 'the copy has what was written on the other site',
  met: ({ asExpected }) => asExpected,
  delay: 1,
  describe: (seen) => (seen?.sha256 ? `a copy with another content, sha256 ${seen.sha256}` : 'no copy yet'),
}

const vanished: Until<Seen> = {
  condition: 'the copy is gone',
  met: ({ asExpected }) => asExpected,
  describe: () => 'it is still there',
}

function imageOf(site: string): string {
  return `playbook-verify-${site}`
}

/** The lag is what an operator wants to know: how far a copy is behind, in time. */
function report(from: string, to: string, written: Checksum, seen: Seen): string {
  const lag = Math.max(0, (seen.time ?? 0) - written.time)
  return `${from} → ${to}: what was written is there ${lag.toFixed(1)} s later, sha256 ${seen.sha256} on both sites`
}
