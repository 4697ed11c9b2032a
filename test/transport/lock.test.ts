import { expect, test } from '@jest/globals'
import { takeLock } from '../../src/runner/lock.ts'
import { createTransport } from '../../src/transport/index.ts'

const connect = () => createTransport().connect({ name: 'here', groups: [], vars: { ansible_connection: 'local' } })

const locking = (owner: string, wait = false, waiting: (holder: string) => void = () => undefined) => ({
  host: 'here',
  become: undefined,
  signal: undefined,
  settings: { owner, wait },
  waiting,
})

test('a second run is told who holds the host, and gets it when that one is gone', async () => {
  const [first, second] = await Promise.all([connect(), connect()])
  await takeLock(first, locking('ann@desk, one.ts'))
  await expect(takeLock(second, locking('bob@desk, two.ts'))).rejects.toThrow(
    /another run: ann@desk, one\.ts, process \d+/,
  )
  const seen: string[] = []
  const got = takeLock(
    second,
    locking('bob@desk, two.ts', true, (holder) => {
      seen.push(holder)
      void first.close()
    }),
  )
  await got
  expect(seen[0]).toContain('ann@desk')
  await second.close()
})

test('a run does not lock itself out', async () => {
  const connection = await connect()
  await takeLock(connection, locking('ann@desk, run 1'))
  await expect(takeLock(connection, locking('ann@desk, run 1'))).resolves.toBeUndefined()
  await connection.close()
})

test('the one who is named is the one who has it, also when it has just changed hands', async () => {
  for (let round = 0; round < 5; round++) {
    const old = await connect()
    await takeLock(old, locking(`old ${round}`))
    await old.close()
    const [a, b] = await Promise.all([connect(), connect()])
    const tries = await Promise.allSettled([takeLock(a, locking(`a ${round}`)), takeLock(b, locking(`b ${round}`))])
    const [winner, loser] = tries[0].status === 'fulfilled' ? ['a', tries[1]] : ['b', tries[0]]
    expect(loser).toMatchObject({
      reason: { message: expect.stringContaining(`another run: ${winner} ${round}, process`) },
    })
    await Promise.all([a.close(), b.close()])
  }
})
