import { type Diagnosis, formatDiagnosis } from '../core/errors.ts'
import { redactor } from '../core/redact.ts'
import type { Secret } from '../core/secret.ts'
import type { InventoryOptions } from '../inventory/load.ts'
import { type VaultArguments, vaultSecrets } from './vault-options.ts'

/** What reading an inventory needs of the command line: vault passwords, the environment, and a way to load TypeScript. */
export async function inventoryTools(
  args: VaultArguments & { readonly 'env-file'?: string | undefined },
  vaultPassword?: Secret,
): Promise<InventoryOptions> {
  const { readEnvironment } = await import('../inventory/env.ts')
  const files = args['env-file'] === undefined ? [] : [args['env-file']]
  const environment = await readEnvironment({ files, optionalFile: '.env', variables: process.env })
  return {
    environment,
    vault: () => vaultSecrets(args, vaultPassword),
    loadModule: async (file) => (await import('./load-playbook.ts')).importModule(file),
    warn,
  }
}

function warn(warning: Diagnosis): void {
  process.stderr.write(`${redactor()(formatDiagnosis({ ...warning, summary: `warning: ${warning.summary}` }))}\n`)
}
