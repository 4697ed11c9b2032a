import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { cmd, sh } from '../../src/core/command.ts'
import { Secret } from '../../src/core/secret.ts'
import { createTransport, type HostConnection } from '../../src/transport/index.ts'
import { connectError } from './helpers/errors.ts'
import { endProcesses, isRunning, uniqueSleep, until } from './helpers/processes.ts'

jest.setTimeout(20_000)

describe('this machine itself', () => {
  let connection: HostConnection | undefined
  afterEach(() => connection?.close())

  async function connect(options = {}): Promise<HostConnection> {
    const host = { name: 'here', groups: [], vars: { ansible_connection: 'local' } }
    connection = await createTransport(options).connect(host)
    return connection
  }

  test('runs commands as any other host, one request a batch', async () => {
    const local = await connect()
    const commands = [sh('printf out; printf err >&2; exit 3'), { ...cmd`cat`, stdin: new Secret("it's\0") }]
    expect(await local.run(commands, { timeout: 5 })).toEqual([
      { code: 3, stdout: 'out', stderr: 'err' },
      { code: 0, stdout: "it's\0", stderr: '' },
    ])
    expect(local.stats).toEqual({ channels: 1, requests: 1 })
  })

  test('has a session of its own, so that Ctrl-C does not reach what runs', async () => {
    const [result] = await (await connect()).run(
      [sh('cut -d " " -f 6 /proc/$$/stat; cut -d " " -f 6 /proc/$PPID/stat')],
      {
        timeout: 5,
      },
    )
    const sessions = result?.stdout.trim().split('\n') ?? []
    expect(sessions).toHaveLength(2)
    expect(sessions).not.toContain(String(process.pid))
  })

  test('memory stays bounded with much output', async () => {
    const local = await connect({ keep: 1000 })
    await local.run([cmd`true`], { timeout: 5 })
    const before = process.memoryUsage().rss
    const [result] = await local.run([cmd`head -c 200000000 /dev/zero`], { timeout: 20 })
    expect(result?.stderr).toMatch(/199999000 more bytes/)
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  })

  test('time that is up and the close end what runs, with all that it started', async () => {
    const local = await connect()
    const sleep = uniqueSleep()
    const [result] = await local.run([sh(`sleep ${sleep} & sleep ${sleep}`)], { timeout: 0.2 })
    expect(result).toEqual({ code: undefined, stdout: '', stderr: '', timedOut: 0.2 })
    await until(() => !isRunning(sleep))
    const answer = connectError(local.run([sh(`sleep ${sleep}; true`)], { timeout: 60 }))
    await until(() => isRunning(sleep))
    await local.close()
    expect((await answer).message).toBe('the connection to here was closed')
    await until(() => !isRunning(sleep))
  })

  test('a daemon that holds the output open does not hold up the close', async () => {
    const local = await connect()
    const mark = uniqueSleep()
    await local.run([sh(`setsid sleep ${mark} & true`)], { timeout: 5 })
    const started = Date.now()
    await local.close()
    expect(Date.now() - started).toBeLessThan(3000)
    expect(isRunning(mark)).toBe(true)
    endProcesses(mark)
  })
})
