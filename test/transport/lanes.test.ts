import { expect, test } from '@jest/globals'
import { sh } from '../../src/core/command.ts'
import { createTransport } from '../../src/transport/index.ts'

test('batches of different lanes run side by side over one connection', async () => {
  const connection = await createTransport().connect({
    name: 'here',
    groups: [],
    vars: { ansible_connection: 'local' },
  })
  const [{ stdout: folder = '' } = {}] = await connection.run([sh('mktemp -d')], { timeout: 10 })
  // Each waits for a file of the other.
  const meet = (own: string, other: string) =>
    sh('cd "$1" && : > "$2" && while [ ! -e "$3" ]; do sleep 0.05; done', folder.trim(), own, other)
  const answers = await Promise.all([
    connection.run([meet('a', 'b')], { timeout: 60, lane: 0 }),
    connection.run([meet('b', 'a')], { timeout: 60, lane: 1 }),
  ])
  expect(answers.flat().map(({ code }) => code)).toEqual([0, 0])
  await connection.run([sh('rm -r "$1"', folder.trim())], { timeout: 10 })
  await connection.close()
})
