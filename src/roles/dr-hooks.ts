import { block, type TaskItem } from '../core/block.ts'
import { type Play, play } from '../core/playbook.ts'
import { type Condition, type TaskContext, task } from '../core/task.ts'
import { debug } from '../modules/debug.ts'

/** Names of the images that a change of roles is about, for `when` and arguments: known once the run has looked. */
export type ImagesOf = (context: TaskContext) => string[]

/** Tasks for the guests of a site that use these images. They are run again by every run that goes on: idempotent ones. */
export type GuestTasks = (site: string, images: ImagesOf) => readonly TaskItem[]

/**
 * What else a change of roles moves: guests, or whatever has the images open. Given to `failoverPlaybook`,
 * `failbackPlaybook` and the plays behind them; docs/disaster-recovery.md tells when each is run.
 */
export interface GuestHooks {
  /** Hosts on which a site's tasks run: `(site) => \`${site}:&hypervisors\``. It has to name at least one. */
  readonly hosts: (site: string) => string
  /** As root. Default true. */
  readonly become?: boolean
  /** Ends the guests of a site, so that nothing has the images open. */
  readonly stopGuests?: GuestTasks
  /** Runs the guests at a site whose images can be written. */
  readonly startGuests?: GuestTasks
  /** Ends the guests of a site that was lost, and sees that they never start there by themselves. Default: stopGuests. */
  readonly forgetGuests?: GuestTasks
}

export interface HookPlay {
  readonly hooks: GuestHooks | undefined
  readonly what: 'stopGuests' | 'startGuests' | 'forgetGuests'
  readonly site: string
  readonly images: ImagesOf
  readonly when: Condition
  /** A host whose tasks fail is told, and the run goes on: what follows looks whether guests are still there. */
  readonly tolerant?: boolean
}

const titles = { stopGuests: 'stop', startGuests: 'start', forgetGuests: 'stop, for good' } as const

/** The play of a hook; none where nothing was given for it. */
export function hookPlays({ hooks, what, site, images, when, tolerant = false }: HookPlay): Play[] {
  const tasks = hooks?.[what] ?? (what === 'forgetGuests' ? hooks?.stopGuests : undefined)
  if (!hooks || !tasks) return []
  return [
    play({
      name: `Guests ${titles[what]} at ${site}`,
      hosts: hooks.hosts(site),
      become: hooks.become ?? true,
      tasks: [
        block({
          when,
          tasks: tasks(site, images),
          rescue: tolerant ? [goOnWithout(site)] : [],
        }),
      ],
    }),
  ]
}

/** Also where the host is lost, and cannot be asked for this either. */
function goOnWithout(site: string) {
  return task('Go on without', debug({ message: `guests of ${site} may still run` }), { ignoreUnreachable: true })
}
