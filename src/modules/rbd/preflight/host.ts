import { z } from 'zod'
import { cmd } from '../../../core/command.ts'
import type { FileState } from '../../../core/files.ts'
import type { Look } from '../../../core/look.ts'
import { defineModule } from '../../../core/module.ts'
import { fsidIn } from '../../ceph/fsid.ts'
import { readPorts } from '../ports-seen.ts'
import { readClock } from './clock.ts'

/** The other site as the files on a mirror host describe it. */
export interface FilesFacts {
  readonly site: string
  /** The fsid that the other cluster answered with; undefined when it did not answer. */
  readonly fsid: string | undefined
  /** What was said instead. */
  readonly complaint: string
}

export interface HostFacts {
  readonly clock: number
  /** `active`, `inactive`, `failed`, … */
  readonly daemon: string
  /** The cluster that its configuration file names. */
  readonly fsid: string | undefined
  readonly keyring: Pick<FileState, 'owner' | 'mode'> | undefined
  /** Addresses of its own. */
  readonly addresses: readonly string[]
  /** Ports of the other site that do not answer, as `HOST:PORT`. */
  readonly closed: readonly string[]
  readonly files: readonly FilesFacts[]
}

const port = z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535) })

/** A host of a mirror daemon: the daemon, what it needs, and what it reaches; changes nothing. */
export const preflightHost = defineModule({
  name: 'rbd.preflightHost',
  description:
    'Looks at a host of a mirror daemon: does the daemon run, has it its keyring, and does the other site answer from there? For rbd.pitfalls.',
  args: z.strictObject({
    unit: z.string().min(1).describe('the daemon: ceph-rbd-mirror@rbd-mirror.east'),
    conf: z.string().min(1).default('/etc/ceph/ceph.conf').describe('path of the configuration file of its own site'),
    keyring: z.string().min(1).describe('path of its keyring'),
    ports: z.array(port).default([]).describe('where the other site listens'),
    files: z
      .array(z.strictObject({ site: z.string(), client: z.string() }))
      .default([])
      .describe('peers that are described by files in /etc/ceph: their site and client.NAME'),
  }),
  scope: 'host',
  absent: undefined as HostFacts | undefined,

  async read({ unit, conf, keyring, ports, files }, look): Promise<HostFacts | undefined> {
    const [clock, daemon, config, key, addresses, open, others] = await Promise.all([
      readClock(look),
      look.run(cmd`systemctl is-active ${unit}`),
      look.file(conf, { content: true }),
      look.file(keyring),
      look.text(cmd`hostname -I`),
      readPorts(look, { addresses: ports, seconds: 5 }),
      Promise.all(files.map((peer) => readFiles(look, peer))),
    ])
    return {
      clock,
      daemon: daemon.stdout.trim(),
      fsid: fsidIn(config?.content ?? ''),
      keyring: key && { owner: key.owner, mode: key.mode },
      addresses: addresses.trim().split(/\s+/),
      closed: ports.map(({ host, port }) => `${host}:${port}`).filter((name) => !open.includes(name)),
      files: others,
    }
  },

  plan: () => [],
  output: (_, have) => have,
})

/** As the daemon does it: as its user, with its files. That proves monitors, key and cluster in one. */
async function readFiles(look: Look, { site, client }: { site: string; client: string }): Promise<FilesFacts> {
  const command = {
    ...cmd`runuser -u ceph -- ceph --connect-timeout 5 --cluster ${site} --name ${client} fsid`,
    timeout: 20,
  }
  const { code, stdout, stderr } = await look.run(command)
  return { site, fsid: code === 0 ? stdout.trim() : undefined, complaint: code === 0 ? '' : lastLine(stderr) }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
