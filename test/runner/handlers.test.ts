import { expect, test } from '@jest/globals'
import { play } from '../../src/core/playbook.ts'
import { type Handler, handler, task } from '../../src/core/task.ts'
import { append, createLab } from './support.ts'

test('handlers that notify each other in a circle run once each, and again only when notified anew', async () => {
  const lab = createLab('a')
  const circle: Handler[] = []
  const first = handler('first', append({ path: 'log', word: 'first' }), { notify: circle })
  const second = handler('second', append({ path: 'log', word: 'second' }), { notify: first })
  circle.push(second)
  const begin = task('begin', append({ path: 'log', word: 'begin' }), { notify: first })
  const quiet = play({ name: '2', hosts: 'all', tasks: [task('end', append({ path: 'log', word: 'end' }))] })
  const run = await lab.run([play({ name: '1', hosts: 'all', tasks: [begin] }), quiet])
  expect(run.exitCode).toBe(0)
  expect(lab.read('a', 'log')).toBe('begin\nfirst\nsecond\nend\n')
})
