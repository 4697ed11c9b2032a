import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { diagnose, InputError, PlaybookError } from '../core/errors.ts'
import type { Location } from '../core/location.ts'
import type { Play, Playbook } from '../core/playbook.ts'
import { cacheFolder } from './cache-folder.ts'
import type { GivenVars } from './extra-vars.ts'
import { packageFolder } from './package-folder.ts'
import { shownPath } from './shown-path.ts'

/**
 * Runs a playbook's TypeScript as it is.
 *
 * @throws InputError with the place in the user's file.
 */
export async function loadPlaybook(file: string): Promise<Playbook> {
  const exported = await importModule(file)
  if (isPlaybook(exported.default)) return exported.default
  throw new InputError({
    summary: exported.default === undefined ? 'it has no default export' : 'its default export is no playbook',
    location: { file: shownPath(file) },
    hint: 'export default playbook({ name: …, plays: […] })',
  })
}

/**
 * Runs a user's TypeScript module (playbook, inventory) and gives its exports. `ceph-playbook` is this very package,
 * wherever the module lies, so that both mean the same `Secret` and the same errors.
 *
 * @throws InputError with the place in the user's file.
 */
export async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  const own = await import('../index.ts')
  const jiti = createJiti(file, {
    fsCache: join(cacheFolder(), 'jiti'),
    virtualModules: { 'ceph-playbook': own },
    interopDefault: false,
    sourceMaps: false,
  })
  try {
    return await jiti.import(file)
  } catch (error) {
    throw importError(error, file)
  }
}

/**
 * The plays of a playbook for these values of its variables.
 *
 * @throws InputError
 */
export function playsOf(playbook: Playbook, { values, origins }: GivenVars, file: string): readonly Play[] {
  try {
    return playbook.plays(values, origins)
  } catch (error) {
    throw importError(error, file)
  }
}

function isPlaybook(value: unknown): value is Playbook {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'playbook'
}

function importError(error: unknown, file: string): unknown {
  if (!(error instanceof Error))
    return new InputError({ summary: `it threw ${String(error)}`, location: { file: shownPath(file) } })
  const syntax = /ParseError: (.*?)\s*\n\s*(\/.*?):(\d+):(\d+)/.exec(error.message)
  if (syntax) {
    const [, summary = '', where = '', line, column] = syntax
    return new InputError({
      summary: summary.trim(),
      location: { file: shownPath(where), line: Number(line), column: Number(column) + 1 },
    })
  }
  const location = userFrame(error) ?? { file: shownPath(file) }
  if (error instanceof PlaybookError) {
    const { summary, detail, hint, location: known } = diagnose(error)
    return new InputError({
      summary,
      detail,
      hint,
      location: known ? { ...known, file: shownPath(known.file) } : location,
    })
  }
  const [message = ''] = error.message.split('\n')
  return new InputError({ summary: `${error.name}: ${message}`, location })
}

/** The innermost line of the stack that is the user's. Its column is that of the compiled text, so it is left out. */
function userFrame({ stack = '' }: Error): Location | undefined {
  for (const line of stack.split('\n')) {
    const match = /(?:\(|at |async )((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/.exec(line)
    const path = match?.[1]?.startsWith('file://') ? fileURLToPath(match[1]) : match?.[1]
    if (path && !path.includes('/node_modules/') && !path.startsWith(join(packageFolder, 'dist')))
      return { file: shownPath(path), line: Number(match?.[2]) }
  }
  return undefined
}
