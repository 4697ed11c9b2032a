import { z } from 'zod'
import { cmd } from '../../core/command.ts'
import { UnexpectedOutput } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'

export interface CephVersion {
  /** As in `16.2.15`. */
  readonly version: string
  /** 12 is Luminous, 14 Nautilus, 16 Pacific, 18 Reef, 19 Squid. */
  readonly major: number
  /** As in `pacific`. */
  readonly release: string
}

const command = cmd`ceph --version`

/** The release of Ceph that is installed on a host; the daemons may still run another. */
export const version = defineModule({
  name: 'ceph.version',
  description: 'The release of Ceph that is installed on a host, as output.',
  args: z.strictObject({}),
  absent: undefined,
  scope: 'host',

  async read(_, look): Promise<CephVersion | undefined> {
    const text = await look.text(command)
    const found = parseVersion(text)
    if (!found) throw new UnexpectedOutput(command, '"ceph version NUMBER (COMMIT) RELEASE (KIND)"', text)
    return found
  },

  plan: () => [],
  output: (_, have) => have,
})

/** What `ceph --version` prints, the same in all releases: `ceph version 16.2.15 (618f44…) pacific (stable)`. */
export function parseVersion(text: string): CephVersion | undefined {
  const [, number, major, release] = /^ceph version ((\d+)\.[\w.~-]+) \(\w+\) (\w+)/.exec(text) ?? []
  return number && release ? { version: number, major: Number(major), release } : undefined
}
