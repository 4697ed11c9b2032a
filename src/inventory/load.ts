import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Diagnosis, InputError } from '../core/errors.ts'
import { assemble, type LoadedInventory } from './assemble.ts'
import type { Source } from './declaration.ts'
import type { Environment } from './env.ts'
import { buildGraph, type Graph } from './graph.ts'
import type { LoadModule } from './module-inventory.ts'
import { localNames } from './pattern.ts'
import type { VarsFolder, VarsFolders } from './settings.ts'
import { findSlips, findStrayVars } from './slips.ts'
import { readSources } from './source.ts'
import type { VaultSecrets } from './text-file.ts'
import { readVarsFolder } from './vars-files.ts'

export interface InventoryOptions {
  /** Folder of the playbook: its `group_vars` and `host_vars` are laid over those beside the inventory. */
  readonly playbookFolder?: string | undefined
  /** Passwords of ansible-vault; called once, and only when something is encrypted. */
  readonly vault?: VaultSecrets | undefined
  /** Loads a TypeScript inventory. */
  readonly loadModule?: LoadModule | undefined
  /** What `{{ env.NAME }}` reads. */
  readonly environment?: Environment | undefined
  /** Told what is legal but probably a slip. */
  readonly warn?: ((warning: Diagnosis) => void) | undefined
}

export type { LoadedInventory } from './assemble.ts'

/**
 * Reads inventories (files, folders, literal lists such as `host1,host2,`) and merges them in order.
 *
 * @throws InputError with file:line:column for what cannot be used.
 */
export async function loadInventory(
  paths: readonly string[],
  options: InventoryOptions = {},
): Promise<LoadedInventory> {
  const vault = once(options.vault ?? (async () => []))
  const tools = { vault, loadModule: options.loadModule ?? refuseModule }
  const sources: Source[] = []
  for (const path of paths) sources.push(...(await readSources(path, tools)))
  const graph = buildGraph(sources)
  const folders = await readFolders(paths, options, graph, vault)
  for (const warning of findSlips(graph)) options.warn?.(warning)
  return assemble(graph, folders, options.environment)
}

async function readFolders(
  paths: readonly string[],
  { playbookFolder, warn }: InventoryOptions,
  graph: Graph,
  vault: VaultSecrets,
): Promise<VarsFolders> {
  const beside = await Promise.all(paths.map(varsParent))
  const read = async (folder: string): Promise<VarsFolder> => {
    for (const warning of await findStrayVars(folder, graph)) warn?.(warning)
    return readVarsFolder(folder, graph.groups.keys(), [...graph.hosts.keys(), ...localNames], vault)
  }
  const inventory: VarsFolder[] = []
  for (const folder of beside) if (folder !== undefined) inventory.push(await read(folder))
  const playbook = playbookFolder === undefined ? [] : [await read(resolve(playbookFolder))]
  return { inventory, playbook }
}

/** The folder that holds `group_vars` for a value of `-i`: itself, or the one that the file stands in. */
async function varsParent(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined)
  if (!info) return undefined
  return info.isDirectory() ? resolve(path) : dirname(resolve(path))
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

async function refuseModule(file: string): Promise<never> {
  throw new InputError({ summary: 'a TypeScript inventory cannot be loaded here', location: { file } })
}
