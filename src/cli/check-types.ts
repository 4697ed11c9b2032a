import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import { formatLocation } from '../core/location.ts'
import { cacheFolder } from './cache-folder.ts'
import { packageFolder, packageVersion } from './package-folder.ts'
import { shownPath } from './shown-path.ts'
import { hintFor, parseErrors } from './type-errors.ts'

/**
 * Checks the types of a playbook and of all that it imports with TypeScript's own compiler. A playbook that was found
 * good is not checked again until one of its files, or this package, changes.
 *
 * @throws InputError with file:line:column of every fault.
 */
export async function checkTypes(file: string): Promise<void> {
  const folder = join(cacheFolder(), 'types')
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(file).digest('hex').slice(0, 32)
  const record = join(folder, `${name}.checked`)
  if (isUnchanged(record)) return
  const config = join(folder, `${name}.json`)
  writeFileSync(config, JSON.stringify(configFor(file)))
  const { output, failed } = await compile(config)
  const errors = parseErrors(output)
  const [first, ...more] = errors
  if (first)
    throw new InputError({
      summary: first.message,
      location: first.location,
      detail: more.map(({ location, message }) => `${formatLocation(location)}: ${message}`).join('\n') || undefined,
      hint: errors.map(hintFor).find((hint) => hint !== undefined),
    })
  if (failed)
    throw new InputError({
      summary: 'the types could not be checked',
      location: { file: shownPath(file) },
      detail: output,
    })
  writeFileSync(record, signature(output.split('\n').filter((line) => /^(\/|[A-Za-z]:)/.test(line))))
}

const require = createRequire(import.meta.url)

function configFor(file: string) {
  return {
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023'],
      module: 'esnext',
      moduleResolution: 'bundler',
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      strict: true,
      noEmit: true,
      // The names of all arguments, for the one that was meant.
      noErrorTruncation: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [resolve(dirname(require.resolve('@types/node/package.json')), '..')],
      paths: { 'ceph-playbook': [join(packageFolder, 'dist/src/index.d.ts')] },
    },
    files: [file],
  }
}

function compile(config: string): Promise<{ output: string; failed: boolean }> {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
  const args = [tsc, '-p', config, '--pretty', 'false', '--listFiles']
  return new Promise((done) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      done({ output: stdout + stderr, failed: error !== null }),
    )
  })
}

/** A line for each file that was looked at: its hash, or for what is not the user's own its size and time. */
function signature(files: readonly string[]): string {
  return [packageVersion(), ...files.map((file) => `${mark(file)} ${file}`)].join('\n')
}

function mark(file: string): string {
  if (!file.includes('/node_modules/') && !file.startsWith(join(packageFolder, 'dist')))
    return createHash('sha256').update(readFileSync(file)).digest('hex')
  const { size, mtimeMs } = statSync(file)
  return `${size}@${mtimeMs}`
}

function isUnchanged(record: string): boolean {
  try {
    const known = readFileSync(record, 'utf8')
    const files = known.split('\n').slice(1)
    return known === signature(files.map((line) => line.slice(line.indexOf(' ') + 1)))
  } catch {
    return false
  }
}
