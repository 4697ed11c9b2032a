import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { sh } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { apt } from './shared/apt.ts'
import { detectManager, type Manager } from './shared/packages.ts'
import { rpmManager } from './shared/rpm.ts'

const updates = { apt: apt.updateLists, dnf: rpmManager('dnf').updateLists, yum: rpmManager('yum').updateLists }

/** Lists of packages that are not too old; the task before `package` with state latest. */
export const packageCache = defineModule({
  name: 'packageCache',
  description: 'Lists of packages that are not older than a while; put it before package with state latest.',
  args: z.strictObject({
    maxAge: z.number().min(0).default(3600).describe('seconds; younger lists are not updated'),
  }),
  absent: { manager: 'apt', age: undefined },

  async read(_, look): Promise<{ manager: Manager; age: number | undefined }> {
    const manager = await detectManager(look)
    const seconds = (await look.text(age(manager))).trim()
    return { manager, age: seconds === '' ? undefined : Number(seconds) }
  },

  *plan({ maxAge }, { manager, age }): Iterable<Change> {
    if (age !== undefined && age <= maxAge) return
    yield change('update the lists of packages', updates[manager], {
      from: age === undefined ? undefined : `${age} s old`,
      to: 'new',
    })
  },
})

/**
 * Seconds since the lists were last fetched; nothing when they never were. apt leaves unchanged lists alone, but works in
 * their partial folder each time; dnf touches a repository's primary index, and old yum its cookie.
 */
function age(manager: Manager) {
  const places =
    manager === 'apt'
      ? ['/var/lib/apt/lists/partial', '-name', 'partial']
      : ['/var/cache/dnf', '/var/cache/yum', '/var/cache/libdnf5', '-name', '*primary*', '-o', '-name', 'cachecookie']
  const script = `newest=$(find "$@" 2>/dev/null | xargs -r -d '\\n' stat -c %Z -- | sort -n | tail -n 1)
[ -z "$newest" ] || echo $(($(date +%s) - newest))`
  return { ...sh(script, ...places), display: `age of the lists of ${manager}` }
}
