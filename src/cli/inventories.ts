import { dirname } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { EnvironmentSecrets } from './env-file.ts'
import { findFile } from './find-file.ts'
import type { inventoryOptions, Values } from './options.ts'
import type { VaultArguments } from './vault-options.ts'

/** Used when no `-i` is given. */
const usual = 'inventory.yml'

/** Where the inventories of `-i` lie: names are looked up like playbooks, lists of hosts (`a,b,`) are taken as they are. */
function inventoryPaths(given: readonly string[] = []): readonly string[] {
  if (given.length > 0) return given.map((name) => (name.includes(',') ? name : findFile('inventory', name)))
  try {
    return [findFile('inventory', usual)]
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError({
      summary: `no inventory was given, and ${error.message}`,
      detail: error.detail,
      hint: '-i FILE',
    })
  }
}

/** Reads the inventories of `-i`, with the variables that lie beside the playbook. */
export async function readInventories(
  args: VaultArguments & Pick<Values<typeof inventoryOptions>, 'inventory' | 'env-file'>,
  { vaultPassword }: EnvironmentSecrets,
  playbookFile?: string,
) {
  const paths = inventoryPaths(args.inventory)
  const { loadInventory } = await import('../inventory/load.ts')
  const { inventoryTools } = await import('./inventory-tools.ts')
  const tools = await inventoryTools(args, vaultPassword)
  return loadInventory(paths, { ...tools, playbookFolder: playbookFile && dirname(playbookFile) })
}
