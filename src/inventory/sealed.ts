import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../core/errors.ts'

/**
 * The plain text of a file that age or sops encrypted, opened by the program itself; undefined for any other file. Keys
 * are found as these programs find them; age's identity is `$AGE_IDENTITY_FILE`, else where sops keeps its own.
 *
 * @throws InputError when the program is not installed, or cannot open the file.
 */
export async function openSealed(path: string, file: string, content: Buffer): Promise<string | undefined> {
  const start = content.toString('latin1', 0, 64)
  if (start.startsWith('age-encryption.org/v1') || start.startsWith('-----BEGIN AGE ENCRYPTED FILE-----'))
    return run('age', ['--decrypt', '--identity', identity(file), path], file)
  if (/^(?:sops:| {0,4}\t?"sops": ?\{)/m.test(content.toString('latin1'))) return run('sops', ['--decrypt', path], file)
  return undefined
}

function identity(file: string): string {
  const { AGE_IDENTITY_FILE, SOPS_AGE_KEY_FILE } = process.env
  const places = [AGE_IDENTITY_FILE, SOPS_AGE_KEY_FILE, join(homedir(), '.config/sops/age/keys.txt')]
  const found = places.find((place) => place && existsSync(place))
  if (found) return found
  throw new InputError({
    summary: 'this file is encrypted with age, and there is no identity to open it with',
    location: { file },
    hint: 'set AGE_IDENTITY_FILE to the file with your AGE-SECRET-KEY',
  })
}

function run(program: string, args: readonly string[], file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { maxBuffer: 1 << 26, timeout: 60_000, env: process.env },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout)
        else if (error.code === 'ENOENT') reject(notInstalled(program, file))
        else
          reject(
            new InputError({
              summary: `${program} cannot open this file`,
              location: { file },
              detail: stderr.trim() || undefined,
              hint: `run it by hand: ${program} ${args.join(' ')}`,
            }),
          )
      },
    )
    child.stdin?.end()
  })
}

function notInstalled(program: string, file: string): InputError {
  return new InputError({
    summary: `this file is encrypted with ${program}, which is not installed`,
    location: { file },
    hint: `install ${program} on this machine`,
  })
}
