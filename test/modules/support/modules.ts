import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { z } from 'zod'
import type { Module } from '../../../src/core/module.ts'

export type AnyModule = Module<z.ZodType, unknown, unknown>

export interface FoundModules {
  readonly modules: ReadonlyMap<string, AnyModule>
  /** Files that cannot be imported, and names that two modules claim. */
  readonly faults: readonly string[]
}

/** Every module that a file below a folder exports. */
export async function findModules(folder: string): Promise<FoundModules> {
  const modules = new Map<string, AnyModule>()
  const faults: string[] = []
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.ts')) continue
    try {
      const exported: unknown[] = Object.values(await import(pathToFileURL(join(folder, path)).href))
      for (const value of exported.filter(isModule)) {
        const { name } = value.definition
        const known = modules.get(name)
        if (known && known !== value) faults.push(`${path}: the name ${name} is taken by another module`)
        modules.set(name, value)
      }
    } catch (error) {
      faults.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { modules, faults }
}

/** The names of the modules that playbooks can import, those of namespaces (`ceph.pool`) too. */
export function importable(index: object): ReadonlySet<string> {
  const values = Object.values(index).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null ? [value, ...Object.values(value)] : [value],
  )
  return new Set(values.filter(isModule).map(({ definition }) => definition.name))
}

function isModule(value: unknown): value is AnyModule {
  return typeof value === 'function' && 'definition' in value
}
