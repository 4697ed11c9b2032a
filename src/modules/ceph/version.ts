import { z } from 'zod'
import { type Command, cmd, sh } from '../../core/command.ts'
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
  absent: {},
  scope: 'host',

  async read(_, look): Promise<Seen> {
    const text = await look.text(command, { absent: [notFound] })
    if (text === undefined) return { toCome: parseCandidate(await look.text(candidate)) }
    const installed = parseVersion(text)
    if (!installed) throw new UnexpectedOutput(command, '"ceph version NUMBER (COMMIT) RELEASE (KIND)"', text)
    return { installed }
  },

  plan: () => [],
  output: (_, { installed }) => installed,
  foresee: (_, { toCome }) => toCome,
})

interface Seen {
  readonly installed?: CephVersion
  /** Where none is installed: what the host's repositories have. */
  readonly toCome?: CephVersion | undefined
}

/** The shell's exit code for a command that is not installed. */
const notFound = 127

const candidate: Command = {
  ...sh(`el=$(command -v dnf || command -v yum)
if [ -n "$el" ] && ls /etc/yum.repos.d/*.repo > /dev/null 2>&1; then
  "$el" -q list available ceph-common 2> /dev/null | sed -n 's/^ceph-common\\.[^ ]* *//p'
else
  LC_ALL=C apt-cache policy ceph-common 2> /dev/null | sed -n 's/^ *Candidate: //p'
fi`),
  display: 'version of the package ceph-common in the repositories',
  fact: true,
}

/** Names of releases by their number (docs.ceph.com, “Ceph Releases”). */
const releases: Readonly<Record<number, string>> = {
  12: 'luminous',
  13: 'mimic',
  14: 'nautilus',
  15: 'octopus',
  16: 'pacific',
  17: 'quincy',
  18: 'reef',
  19: 'squid',
  20: 'tentacle',
}

/** A package's version with epoch and revision, as in `2:16.2.15-1.el8` or `16.2.15+ds-0+deb12u1`. */
function parseCandidate(text: string): CephVersion | undefined {
  const [, version, major] = /^(?:\d+:)?((\d+)\.\d+\.\d+)/.exec(text.trim()) ?? []
  const release = releases[Number(major)]
  return version && release ? { version, major: Number(major), release } : undefined
}

/** What `ceph --version` prints, the same in all releases: `ceph version 16.2.15 (618f44…) pacific (stable)`. */
export function parseVersion(text: string): CephVersion | undefined {
  const [, number, major, release] = /^ceph version ((\d+)\.[\w.~-]+) \(\w+\) (\w+)/.exec(text) ?? []
  return number && release ? { version: number, major: Number(major), release } : undefined
}
