import { existsSync, realpathSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Command, cmd, sh } from '../../src/core/command.ts'
import { Secret } from '../../src/core/secret.ts'
import { createTransport, type HostConnection } from '../../src/transport/index.ts'
import { type Bin, createBin } from './helpers/bin.ts'
import { commandLines, endProcesses, isRunning, uniqueSleep, until } from './helpers/processes.ts'
import { startServer, type TestServer } from './helpers/server.ts'

/** Every character that one byte can be, but for NUL, and some that are more than one byte. */
const torture = `${Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('')}€𝄞\u2028`

/** What shells, printf and option parsers would like to understand. */
const nasty = [
  torture,
  '',
  ' ',
  '-n',
  '--',
  '-e\\n',
  '%s%n%d',
  '\\',
  '\\\\n\\0101',
  "'",
  "'\\''",
  '"',
  '`id`',
  '$(id)',
  '$HOME',
  '!!',
  '*',
  '~',
  '#no comment',
  'a\nb',
  '\n',
  'trailing\n\n\n',
  '\r\n',
  'EOF',
  ';',
  '&',
  '|',
  '&& id',
  '{a,b}',
  '\x1b[31m',
  '\x03\x04\x1a\x1c',
  'cp_in',
  '$cp_in',
]

const shells = ['/bin/dash', '/bin/bash', '/bin/busybox'].filter((path) => existsSync(path))

describe.each(shells)('where sh is %s', (shell) => {
  let bin: Bin
  let server: TestServer
  let connection: HostConnection

  beforeAll(async () => {
    bin = await createBin({ sh: shell })
    server = await startServer({ env: bin.env })
    connection = await createTransport().connect(server.host())
  })

  afterAll(async () => {
    await connection.close()
    await server.close()
    await bin.remove()
  })

  jest.setTimeout(20_000)
  const run = (...commands: Command[]) => connection.run(commands, { timeout: 60 })

  test('it is that shell that runs', async () => {
    const [result] = await run(sh('readlink /proc/$PPID/exe'))
    expect(result?.stdout.trim()).toBe(realpathSync(shell))
  })

  test('an argument arrives as it is, whatever is in it', async () => {
    const results = await run(...nasty.map((word) => cmd`printf ${'%s\\0'} ${word} ${`-${word}`}`))
    expect(results.map(({ stdout }) => stdout)).toEqual(nasty.map((word) => `${word}\0-${word}\0`))
    expect(results.map(({ stderr }) => stderr)).toEqual(nasty.map(() => ''))
  })

  test('standard input arrives as it is, whatever is in it, NUL too', async () => {
    const contents = [...nasty, 'a\0b\\0c\0', '\0', torture.repeat(20)]
    const results = await run(...contents.map((stdin) => ({ ...cmd`cat`, stdin })))
    expect(results.map(({ stdout }) => stdout)).toEqual(contents)
  })

  test('the environment arrives as it is, and is that of one command only', async () => {
    const values = nasty.map((value) => ({ ...sh('printf %s "$ODD_value"'), env: { ODD_value: value } }))
    const results = await run(...values, sh('set -u; echo "$ODD_value"'), { ...sh('env'), env: { A: '1' } })
    expect(results.slice(0, nasty.length).map(({ stdout }) => stdout)).toEqual(nasty)
    expect(results.at(-2)?.code).not.toBe(0)
    expect(results.at(-1)?.stdout).toMatch(/^A=1$/m)
  })

  test('what we keep in variables is not seen by the commands', async () => {
    const [, result] = await run({ ...cmd`cat`, stdin: new Secret('hush-hush') }, { ...sh('env; cat'), stdin: 'x' })
    expect(result?.stdout).not.toMatch(/hush|^(cp_\w*|script|leader|nonce|last|verb|size|j|n)=/m)
  })

  test('a name is that of a program, never of something the shell has itself', async () => {
    const results = await run(cmd`eval id`, cmd`cp_end 0 0`, cmd`echo ${'-e'} x`, cmd`exit`, cmd`/bin/echo ok`)
    expect(results.map(({ code }) => code)).toEqual([127, 127, 0, 127, 0])
    expect(results.at(-1)?.stdout).toBe('ok\n')
  })

  test('exit codes are those of the command, also behind standard input', async () => {
    const scripts = ['exit 0', 'exit 1', 'exit 255', 'kill -9 $$', 'kill -SEGV $$']
    const commands = [...scripts.map((script) => sh(script)), cmd`/nowhere/x`, cmd`/etc/passwd`]
    const codes = [0, 1, 255, 137, 139, 127, 126]
    expect((await run(...commands)).map(({ code }) => code)).toEqual(codes)
    const fed = await run(...commands.map((command) => ({ ...command, stdin: 'secret text'.repeat(20_000) })))
    expect(fed.map(({ code }) => code)).toEqual(codes)
    expect(fed.map(({ stderr }) => stderr).join('')).not.toMatch(/secret|cp_in|printf|Killed/)
  })

  test('output is split exactly', async () => {
    const [plain, both, empty, binary] = await run(
      sh('printf "no newline"'),
      sh('printf "out\n\n"; printf "err" >&2'),
      cmd`true`,
      sh('printf "\\377\\376\\000x"; head -c 70000 /dev/zero'),
    )
    expect(plain).toEqual({ code: 0, stdout: 'no newline', stderr: '' })
    expect(both).toEqual({ code: 0, stdout: 'out\n\n', stderr: 'err' })
    expect(empty).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(binary?.stdout).toBe(`\ufffd\ufffd\0x${'\0'.repeat(70000)}`)
  })

  test('a command reads nothing when it is given nothing, and cannot reach the channel', async () => {
    const more = 'for fd in 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$fd ] || echo $fd is open; done'
    const results = await run(cmd`cat`, sh(`readlink /proc/$$/fd/0; ${more}`), cmd`echo next`)
    expect(results.map(({ stdout }) => stdout)).toEqual(['', '/dev/null\n', 'next\n'])
  })

  test('megabytes of standard input', async () => {
    const sizes = [1_000_000, 5_000_000]
    const results = await run(...sizes.map((size) => ({ ...cmd`wc -c`, stdin: 'ä'.repeat(size / 2) })))
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(sizes)
  })

  test('hundreds of commands in one request', async () => {
    const before = connection.stats.requests
    const results = await run(...Array.from({ length: 300 }, (_, index) => cmd`echo ${index}`))
    expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 300 }, (_, index) => `${index}\n`))
    expect(connection.stats.requests - before).toBe(1)
  })

  test('what is told to stop on failure stops there', async () => {
    const results = await connection.run([cmd`true`, cmd`false`, cmd`echo never`], { timeout: 5, stopOnFailure: true })
    expect(results.map(({ code }) => code)).toEqual([0, 1])
    expect((await run(cmd`echo ${'still there'}`))[0]?.stdout).toBe('still there\n')
  })

  test('time that is up ends the command with all that it started, and nothing after it runs', async () => {
    const sleep = uniqueSleep()
    const script = `echo begun; sleep ${sleep} & (sleep ${sleep}); echo never`
    const commands = [cmd`echo one`, { ...sh(script), timeout: 0.3 }, cmd`echo never`]
    expect(await connection.run(commands, { timeout: 60 })).toEqual([
      { code: 0, stdout: 'one\n', stderr: '' },
      { code: undefined, stdout: 'begun\n', stderr: '', timedOut: 0.3 },
    ])
    expect(isRunning(sleep)).toBe(false)
    expect((await run(cmd`echo ${'still there'}`))[0]?.stdout).toBe('still there\n')
  })

  test('what does not heed that is killed', async () => {
    const sleep = uniqueSleep()
    const script = `trap "" TERM; echo begun; (sleep ${sleep}); sleep ${sleep}; sleep ${sleep}`
    const [result] = await connection.run([sh(script)], { timeout: 0.3 })
    expect(result).toEqual({ code: undefined, stdout: 'begun\n', stderr: '', timedOut: 0.3 })
    await until(() => !isRunning(sleep))
    expect((await run(cmd`echo ${'still there'}`))[0]?.stdout).toBe('still there\n')
  })

  test('a command that kills its whole group ends the batch, not the session', async () => {
    const results = await run(cmd`echo one`, sh('echo two; kill 0; sleep 60'), cmd`echo three`)
    expect(results).toEqual([
      { code: 0, stdout: 'one\n', stderr: '' },
      { code: undefined, stdout: 'two\n', stderr: '' },
    ])
    expect((await run(cmd`echo ${'still there'}`))[0]?.stdout).toBe('still there\n')
  })

  test('a process that a command leaves behind holds nothing up, and lives on', async () => {
    const mark = uniqueSleep()
    const other = await createTransport().connect(server.host())
    const left = sh(`setsid sleep ${mark}1 & sleep ${mark}2 & echo left`)
    const [first, next] = await other.run([left, cmd`echo next`], { timeout: 5 })
    expect([first?.stdout, next?.stdout]).toEqual(['left\n', 'next\n'])
    await other.close()
    expect([isRunning(`${mark}1`), isRunning(`${mark}2`)]).toEqual([true, true])
    endProcesses(mark)
  })

  test('what runs is ended when the connection is closed', async () => {
    const sleep = uniqueSleep()
    const other = await createTransport().connect(server.host())
    const answer = other.run([sh(`sleep ${sleep}; sleep ${sleep}`)], { timeout: 60 }).catch(String)
    await until(() => isRunning(sleep))
    await other.close()
    expect(await answer).toMatch(/was closed/)
    await until(() => !isRunning(sleep))
  })

  test('a secret on standard input is in no list of processes', async () => {
    const secret = `key-${uniqueSleep()}`
    const seen: string[] = []
    const sample = setInterval(() => seen.push(...commandLines()), 40)
    for (let round = 0; round < 2; round++)
      await run(
        { ...sh('cat >/dev/null; sleep 0.05'), stdin: new Secret(secret) },
        { ...cmd`cat`, stdin: new Secret(`${secret}\0`) },
        { ...cmd`cat`, stdin: new Secret(secret.repeat(50_000)) },
      )
    clearInterval(sample)
    expect(seen.some((line) => line.includes('sleep 0.05'))).toBe(true)
    expect(seen.filter((line) => line.includes(secret))).toEqual([])
  })
})
