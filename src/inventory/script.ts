import { execFile } from 'node:child_process'
import { InputError } from '../core/errors.ts'
import type { Declaration } from './declaration.ts'
import { listingDeclarations } from './listing.ts'
import { isEmpty, plain } from './located.ts'
import { readYaml } from './yaml-text.ts'

/** A script that is still silent after this many seconds will not answer. */
const limit = 120

/**
 * An executable inventory: called with `--list`, and with `--host NAME` for each host unless it gives `_meta`.
 *
 * @throws InputError when it fails (with its stderr), takes longer than two minutes, or does not print JSON.
 */
export async function runInventoryScript(file: string): Promise<readonly Declaration[]> {
  const listing = parseJson(await run(file, ['--list']), file, '--list')
  return listingDeclarations(listing, { file }, async (host) => {
    const output = await run(file, ['--host', host])
    return output.trim() === '' ? {} : parseJson(output, file, `--host ${host}`)
  })
}

function run(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: limit * 1000, maxBuffer: 256 * 1024 * 1024 }
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error) reject(failure(file, args, error, stderr))
      else resolve(stdout)
    })
    child.stdin?.end()
  })
}

function failure(
  file: string,
  args: readonly string[],
  error: Error & { code?: unknown; killed?: boolean },
  stderr: string,
) {
  const call = `the inventory script, called with ${args.join(' ')},`
  const summary = error.killed
    ? `${call} had no answer after ${limit} s`
    : typeof error.code === 'number'
      ? `${call} ended with exit code ${error.code}`
      : `${call} cannot be started: ${error.message}`
  return new InputError({
    summary,
    location: { file },
    detail: stderr.trim().slice(-2000) || undefined,
    hint: 'run it by hand',
  })
}

function parseJson(output: string, file: string, args: string): unknown {
  try {
    JSON.parse(output)
  } catch {
    throw new InputError({
      summary: `the inventory script, called with ${args}, did not print JSON`,
      location: { file },
      hint: `run it by hand and look at its output`,
    })
  }
  const value = readYaml(output, { file })
  return value && !isEmpty(value) ? plain(value) : {}
}
