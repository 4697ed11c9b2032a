import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Diagnosis, InputError } from '../core/errors.ts'
import type { Source } from './declaration.ts'
import type { Environment } from './env.ts'
import { buildGraph, type Graph } from './graph.ts'
import { inventoryOf, type LoadedInventory } from './grow.ts'
import type { LoadModule } from './module-inventory.ts'
import { localNames } from './pattern.ts'
import type { VarsFolder, VarsFolders } from './settings.ts'
import { findMisspelt, findSlips, findStrayVars } from './slips.ts'
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

export type { LoadedInventory } from './grow.ts'

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
  const places = await varsPlaces(paths, options)
  const readVars = (groups: Iterable<string>, hosts: Iterable<string>) => readFolders(places, groups, hosts, vault)
  await warnOfSlips(places, graph, options)
  const folders = await readVars(graph.groups.keys(), [...graph.hosts.keys(), ...localNames])
  for (const warning of findMisspelt(graph, folders)) options.warn?.(warning)
  return inventoryOf({ sources, graph, folders, readVars, environment: options.environment })
}

/** The folders that may hold `group_vars` and `host_vars`: beside each inventory, and beside the playbook. */
interface VarsPlaces {
  readonly inventory: readonly string[]
  readonly playbook: readonly string[]
}

async function varsPlaces(paths: readonly string[], { playbookFolder }: InventoryOptions): Promise<VarsPlaces> {
  const beside = await Promise.all(paths.map(varsParent))
  return {
    inventory: beside.flatMap((folder) => folder ?? []),
    playbook: playbookFolder === undefined ? [] : [resolve(playbookFolder)],
  }
}

async function warnOfSlips(
  { inventory, playbook }: VarsPlaces,
  graph: Graph,
  { warn }: InventoryOptions,
): Promise<void> {
  for (const folder of [...inventory, ...playbook])
    for (const warning of await findStrayVars(folder, graph)) warn?.(warning)
  for (const warning of findSlips(graph)) warn?.(warning)
}

async function readFolders(
  places: VarsPlaces,
  groups: Iterable<string>,
  hosts: Iterable<string>,
  vault: VaultSecrets,
): Promise<VarsFolders> {
  const names = { groups: [...groups], hosts: [...hosts] }
  const read = async (folders: readonly string[]): Promise<readonly VarsFolder[]> => {
    const found: VarsFolder[] = []
    for (const folder of folders) found.push(await readVarsFolder(folder, names.groups, names.hosts, vault))
    return found
  }
  return { inventory: await read(places.inventory), playbook: await read(places.playbook) }
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
