import { expect, test } from '@jest/globals'
import { cmd } from '../../src/core/command.ts'
import { createTransport } from '../../src/transport/index.ts'

test('commands answer in plain words, whatever the language of whoever logs in, unless one asks for another', async () => {
  process.env.LANG = 'fr_FR.UTF-8'
  const connection = await createTransport().connect({
    name: 'here',
    groups: [],
    vars: { ansible_connection: 'local' },
  })
  const show = cmd`printenv LC_ALL`
  const results = await connection.run([show, { ...show, env: { LC_ALL: 'de_DE' } }], { timeout: 10 })
  expect(results.map(({ stdout }) => stdout)).toEqual(['C\n', 'de_DE\n'])
  await connection.close()
})
