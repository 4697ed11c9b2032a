import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { InputError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'

/**
 * Asks a person for a password, without showing it.
 *
 * @throws InputError when nobody can be asked, or Ctrl-C was the answer.
 */
export async function askSecret(what: string, instead: string): Promise<Secret> {
  if (!process.stdin.isTTY)
    throw new InputError({ summary: `${what} cannot be asked for: standard input is not a terminal`, hint: instead })
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 })
  // Only now, when the terminal shows no more what is typed.
  process.stderr.write(`${what}: `)
  try {
    return new Secret(await answer(lines, what))
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

function answer(lines: ReturnType<typeof createInterface>, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.once('line', resolve)
    const refuse = () => reject(new InputError({ summary: `no ${what} was given` }))
    lines.once('SIGINT', refuse)
    lines.once('close', refuse)
  })
}
