import { dirname } from 'node:path'
import { InputError } from '../core/errors.ts'
import { findFile } from './find-file.ts'

/** Used when no `-i` is given. */
const usual = 'inventory.yml'

/** Where the inventories of `-i` lie: names are looked up like playbooks, lists of hosts (`a,b,`) are taken as they are. */
export function inventoryPaths(given: readonly string[] = []): readonly string[] {
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

/** Reads the inventories of `-i`. */
export async function readInventories(given: readonly string[] | undefined, playbookFile?: string) {
  const paths = inventoryPaths(given)
  const { loadInventory } = await import('../inventory/load.ts')
  return loadInventory(paths, { playbookFolder: playbookFile && dirname(playbookFile) })
}
