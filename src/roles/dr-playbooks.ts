import { z } from 'zod'
import { type Playbook, playbook } from '../core/playbook.ts'
import { failbackPlays } from './dr-failback.ts'
import { plannedFailoverPlays } from './dr-failover.ts'
import { forcedFailoverPlays } from './dr-forced.ts'
import type { GuestHooks } from './dr-hooks.ts'
import { otherOf } from './dr-look.ts'
import { drVars, flag } from './dr-vars.ts'
import { siteName } from './mirror-site.ts'

/**
 * The playbook of `playbook dr failover`, with hooks of your own. In a file `failover.ts` beside your inventory, that is
 * what the command runs.
 */
export function failoverPlaybook(hooks?: GuestHooks): Playbook {
  return playbook({
    name: 'Fail over',
    vars: {
      ...drVars,
      to: siteName.describe('the site that is to be written at'),
      force: flag.describe('the other site is lost, and with it what had not arrived'),
      declared: siteName.optional().describe('with force: the lost site, when it cannot be proven to be gone'),
      accept_older: flag.describe('with force: promote images whose newest snapshot has arrived only in part, too'),
      rescue: flag.describe('with force: promote these, too, and keep the last state that had arrived whole as a copy'),
      ignore_clients: flag.describe('demote under running clients, whose writes then fail'),
    },
    plays: ({ sites, to, force, accept_older, rescue, ignore_clients, declared, ...rest }) => {
      const options = { ...rest, to, from: otherOf(sites, to), ignoreClients: ignore_clients, hooks }
      return force
        ? forcedFailoverPlays({ ...options, declared, acceptOlder: accept_older, rescue })
        : plannedFailoverPlays(options)
    },
  })
}

/** The playbook of `playbook dr failback`, with hooks of your own: in a file `failback.ts` beside your inventory. */
export function failbackPlaybook(hooks?: GuestHooks): Playbook {
  return playbook({
    name: 'Fail back',
    vars: {
      ...drVars,
      loser: siteName.optional().describe('the site whose writes are given up; without it, what diverged is shown'),
      keep: flag.default(true).describe('keep what is given up as copies, which are not mirrored'),
      copy_wait: z.coerce.number().int().positive().default(14_400).describe('seconds that a full copy may take'),
      hand_back: flag.describe('then move the primary role to the loser'),
      ignore_clients: flag.describe('demote under running clients, whose writes then fail'),
    },
    plays: ({ hand_back, ignore_clients, copy_wait, ...rest }) =>
      failbackPlays({
        ...rest,
        handBack: hand_back,
        ignoreClients: ignore_clients,
        copyWait: copy_wait,
        hooks,
      }),
  })
}
