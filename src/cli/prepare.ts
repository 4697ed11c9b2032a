import { hostname, userInfo } from 'node:os'
import type { Inventory } from '../core/host.ts'
import type { Play, Playbook } from '../core/playbook.ts'
import { type EnvironmentSecrets, environmentSecrets } from './env-file.ts'
import { all } from './errors.ts'
import { extraVars, type GivenVars } from './extra-vars.ts'
import { findFile } from './find-file.ts'
import { readInventories } from './inventories.ts'
import type { inventoryOptions, playbookOptions, Values } from './options.ts'
import { runHash } from './runs-folder.ts'
import { type VaultArguments, vaultSecrets } from './vault-options.ts'

/** A playbook and an inventory, found good, before any host is touched. */
export interface Prepared {
  readonly file: string
  readonly name: string
  readonly plays: readonly Play[]
  readonly inventory: Inventory
  readonly environment: EnvironmentSecrets
  /** The same for the same playbook with the same variables. */
  readonly hash: string
}

type Arguments = VaultArguments &
  Pick<
    Values<typeof playbookOptions & typeof inventoryOptions>,
    'typecheck' | 'extra-vars' | 'inventory' | 'env-file'
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
  const environment = environmentSecrets(args['env-file'])
  const vault = () => vaultSecrets(args, environment.vaultPassword)
  const [playbook, inventory, vars] = await all([
    loadChecked(file, args.typecheck),
    readInventories(args, environment, file),
    extraVars(args['extra-vars'] ?? [], vault),
  ])
  const { playsOf } = await import('./load-playbook.ts')
  const plays = playsOf(playbook, withOperator(playbook, vars), file)
  return { file, name: playbook.name, plays, inventory, environment, hash: runHash(file, vars.values, plays) }
}

/** A playbook that keeps a record says in it who ran it. */
function withOperator({ vars }: Pick<Playbook, 'vars'>, given: GivenVars): GivenVars {
  if (!('operator' in vars) || 'operator' in given.values) return given
  return { ...given, values: { ...given.values, operator: `${userInfo().username}@${hostname()}` } }
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
