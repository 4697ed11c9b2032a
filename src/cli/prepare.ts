import type { Inventory } from '../core/host.ts'
import type { Play } from '../core/playbook.ts'
import { all } from './errors.ts'
import { extraVars } from './extra-vars.ts'
import { findFile } from './find-file.ts'
import { readInventories } from './inventories.ts'
import type { inventoryOptions, playbookOptions, Values } from './options.ts'
import { runHash } from './runs-folder.ts'

/** A playbook and an inventory, found good, before any host is touched. */
export interface Prepared {
  readonly file: string
  readonly name: string
  readonly plays: readonly Play[]
  readonly inventory: Inventory
  /** The same for the same playbook with the same variables. */
  readonly hash: string
}

type Arguments = Pick<
  Values<typeof playbookOptions & typeof inventoryOptions>,
  'typecheck' | 'extra-vars' | 'inventory'
> & {
  readonly file: string
}

/**
 * Loads playbook and inventory, and checks the playbook's types meanwhile.
 *
 * @throws InputError, or several of them at once
 */
export async function prepare(args: Arguments): Promise<Prepared> {
  const file = findFile('playbook', args.file)
  const [playbook, inventory] = await all([loadChecked(file, args.typecheck), readInventories(args.inventory, file)])
  const { playsOf } = await import('./load-playbook.ts')
  const vars = extraVars(args['extra-vars'] ?? [])
  return { file, name: playbook.name, plays: playsOf(playbook, vars, file), inventory, hash: runHash(file, vars) }
}

/** The playbook; when its types are wrong that is told, and not what came of it. */
async function loadChecked(file: string, typecheck: boolean) {
  const { checkTypes } = await import('./check-types.ts')
  const checked = typecheck ? checkTypes(file) : Promise.resolve()
  const loading = import('./load-playbook.ts').then(({ loadPlaybook }) => loadPlaybook(file))
  const [types, playbook] = await Promise.allSettled([checked, loading])
  if (types.status === 'rejected') throw types.reason
  if (playbook.status === 'rejected') throw playbook.reason
  return playbook.value
}
