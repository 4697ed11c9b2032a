import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { InputError } from '../../src/core/errors.ts'

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
