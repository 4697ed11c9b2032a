import { InputError, PlaybookError } from '../core/errors.ts'
import type { Declaration } from './declaration.ts'
import { listingDeclarations } from './listing.ts'

/** A group of a TypeScript inventory; a list alone is its hosts. */
export type ListedGroup =
  | readonly string[]
  | {
      readonly hosts?: readonly string[]
      readonly children?: readonly string[]
      readonly vars?: Readonly<Record<string, unknown>>
    }

/** Under the name `_meta`: the variables of hosts. */
export interface ListedMeta {
  readonly hostvars: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Groups by name, and `_meta`: the shape of `ansible-inventory --list`. */
export type InventoryListing = Readonly<Record<string, ListedGroup | ListedMeta>>

/** What a TypeScript inventory exports by default: a listing, or a function that gives one, later if need be. */
export type ModuleInventory = InventoryListing | (() => InventoryListing | Promise<InventoryListing>)

/** Loads a module and gives its exports. */
export type LoadModule = (file: string) => Promise<unknown>

/**
 * A TypeScript inventory: ask a CMDB, read `ceph orch host ls`, or compute hosts from a table.
 *
 * @throws InputError when the module has no default export, throws, or gives another shape.
 */
export async function readModuleInventory(file: string, loadModule: LoadModule): Promise<readonly Declaration[]> {
  const exported = defaultExport(await loadModule(file))
  if (exported === undefined)
    throw new InputError({
      summary: 'this inventory has no default export',
      location: { file },
      hint: 'write "export default { mons: { hosts: […] } }" or "export default async () => ({ … })"',
    })
  return listingDeclarations(typeof exported === 'function' ? await call(exported, file) : exported, { file })
}

function defaultExport(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
}

async function call(inventory: unknown, file: string): Promise<unknown> {
  try {
    return await (inventory as () => unknown)()
  } catch (error) {
    if (error instanceof PlaybookError) throw error
    const detail = error instanceof Error ? error.stack : String(error)
    throw new InputError({ summary: 'the function of this inventory threw an error', location: { file }, detail })
  }
}
