import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { CommandFailed } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { command } from '../../src/modules/command.ts'
import { query } from '../../src/modules/query.ts'
import { wait } from '../../src/modules/wait.ts'
import { useFolder } from './support/folder.ts'
import { applyHere, noContext, observeHere, runLocally } from './support/local.ts'

const at = useFolder()

describe('command', () => {
  test('runs in its folder, with its input and environment, until what it creates is there', async () => {
    const { second } = await applyHere(
      command({
        shell: 'cat > out; printf %s "$GREETING" >> out',
        chdir: at(),
        creates: at('out'),
        stdin: new Secret('a secret text '),
        env: { GREETING: 'it\'s "me"' },
      }),
    )
    expect(readFileSync(at('out'), 'utf8')).toBe('a secret text it\'s "me"')
    expect(second.changes).toEqual([])
  })

  test('words of argv are words, whatever is in them', async () => {
    await applyHere(command({ argv: ['touch', at('$(id) ; `x`')] }))
    expect(existsSync(at('$(id) ; `x`'))).toBe(true)
  })

  test('guards look at the host', async () => {
    writeFileSync(at('there'), '')
    const planned = async (guards: object) => (await observeHere(command({ argv: ['true'], ...guards }))).changes.length
    expect(await planned({ unless: ['test', '-e', at('there')] })).toBe(0)
    expect(await planned({ unless: `test -e '${at('gone')}'` })).toBe(1)
    expect(await planned({ onlyIf: ['test', '-e', at('gone')] })).toBe(0)
    expect(await planned({ removes: at('gone') })).toBe(0)
    expect(await planned({ removes: at('there'), onlyIf: 'true' })).toBe(1)
  })
})

test('query: what it said is its output', async () => {
  const { output, changes } = await observeHere(query({ shell: 'echo yes; echo no >&2; exit 3', codes: [0, 3] }))
  expect(output).toEqual({ code: 3, stdout: 'yes\n', stderr: 'no\n' })
  expect(changes).toEqual([])
})

describe('wait', () => {
  test('for a path that comes', async () => {
    const waiting = applyHere(wait({ path: at('a'), deadline: 30, delay: 0.05 }))
    writeFileSync(at('a'), '')
    expect((await waiting).second.changes).toEqual([])
  })

  test('for a port', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const open = await observeHere(wait({ port, host: '127.0.0.1' }))
    expect(open.changes).toEqual([])
    await new Promise((resolve) => server.close(resolve))
    const closed = await observeHere(wait({ port, host: '127.0.0.1', gone: true }))
    expect(closed.changes).toEqual([])
  })

  test('gives up at its deadline, and says what it saw last', async () => {
    const call = wait({ shell: 'echo still syncing; exit 3', deadline: 1, delay: 0.1 })
    const [change] = (await observeHere(call)).changes
    const result = await runLocally(change?.command ?? { argv: ['false'] })
    expect(result.code).toBe(1)
    expect(result.stdout).toBe('still syncing\n')
    expect(result.stderr).toContain('not within 1 s: echo still syncing; exit 3 succeeds (last exit code 3)')
    expect(result.stderr).toContain('last output: still syncing')
    await expect(applyHere(call)).rejects.toThrow(CommandFailed)
  })

  test('for a line in a file, also with a command that never ends', async () => {
    writeFileSync(at('log'), 'starting\nready after 3 s\n')
    expect((await observeHere(wait({ path: at('log'), contains: '^ready after [0-9]+ s$' }))).changes).toEqual([])
    const hanging = wait({ shell: 'sleep 600', deadline: 1 })
    const [change] = hanging.prepare(noContext).observeAbsent().changes
    const result = await runLocally(change?.command ?? { argv: ['false'] })
    expect(result.code).toBe(1)
  })
})
