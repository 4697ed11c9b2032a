import { release } from 'node:os'
import { expect, test } from '@jest/globals'
import { play } from '../../src/core/playbook.ts'
import { task } from '../../src/core/task.ts'
import { facts } from '../../src/modules/facts.ts'
import { createLab, text } from './support.ts'

test('facts are typed, travel with the other reads, and are asked once a run', async () => {
  const lab = createLab('a')
  const know = task('know', facts({ only: ['kernel'] }))
  const use = task(
    'use',
    text(({ output }) => ({ path: 'kernel', content: output(know).kernel })),
  )
  const other = task('other', text({ path: 'x', content: '1' }))
  const plays = [
    play({ name: '1', hosts: 'a', tasks: [know, other, use] }),
    play({ name: '2', hosts: 'a', tasks: [task('again', facts({ only: ['kernel'] }))] }),
  ]
  await lab.run(plays)
  expect(lab.read('a', 'kernel')).toBe(release())
  lab.requests.set('a', [])
  await lab.run(plays)
  const requests = lab.requests.get('a') ?? []
  expect(requests[0]).toHaveLength(2)
  expect(requests.flat().filter((command) => command === 'uname -r')).toHaveLength(1)
})
