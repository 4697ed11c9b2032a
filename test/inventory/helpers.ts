import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { diagnose, formatDiagnosis, InputError } from '../../src/core/errors.ts'
import { type InventoryOptions, type LoadedInventory, loadInventory } from '../../src/inventory/load.ts'

/** A folder with these files; returns its path and what removes it. */
export function folderOf(files: Readonly<Record<string, string>>): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'inventory-test-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 })
  }
  return { path, remove: () => rmSync(path, { recursive: true }) }
}

/** The InputError that a call must throw. */
export function inputError(call: () => unknown): InputError {
  try {
    call()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** The InputError that a promise must reject with. */
export async function rejection(promise: Promise<unknown>): Promise<InputError> {
  const [outcome] = await Promise.allSettled([promise])
  if (outcome.status === 'rejected' && outcome.reason instanceof InputError) return outcome.reason
  if (outcome.status === 'rejected') throw outcome.reason
  throw new Error('nothing was thrown')
}

/** Loads an inventory from these files; `-i` is the first of them. The files are gone afterwards. */
export async function loadFiles(
  files: Readonly<Record<string, string>>,
  options: InventoryOptions & { readonly sources?: readonly string[] } = {},
): Promise<LoadedInventory> {
  const { path, remove } = folderOf(files)
  try {
    const sources = (options.sources ?? [Object.keys(files)[0] ?? '']).map((source) => join(path, source))
    const playbookFolder = options.playbookFolder === undefined ? undefined : join(path, options.playbookFolder)
    return await loadInventory(sources, { ...options, playbookFolder })
  } finally {
    remove()
  }
}

/** The text an operator reads when these files are loaded, with paths as below the folder of the files. */
export async function refusal(
  files: Readonly<Record<string, string>>,
  options: InventoryOptions = {},
): Promise<string> {
  return readable(await rejection(loadFiles(files, options)))
}

/** The text an operator reads, with paths as below the folder of a test's files. */
export function readable(error: InputError): string {
  return formatDiagnosis(diagnose(error)).replaceAll(/\/\S*\/inventory-test-\w+\//g, '')
}
