import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { environment, main, project, unlocked } from './support.ts'

/** A playbook of these tasks, `slow.ts`, with the module that they need. */
const slowOf = (imports: string, tasks: string) => ({
  'slow.ts': `
import { play, playbook, task } from 'ceph-playbook'
import ${imports}

export default playbook({
  name: 'Slow',
  plays: [
    play({
      name: 'Wait',
      hosts: 'one',
      tasks: [${tasks}],
    }),
  ],
})
`,
})

const slow = slowOf(
  "{ script } from './say.ts'",
  `
        task('Wait for a file', script({ run: 'touch begun; until [ -e go ]; do sleep 0.1; done; touch done' })),
        task('Never come here', script({ run: 'touch never' })),
`,
)

/** A run that is under way: its first task waits until somebody makes the file `go`. */
async function begun(folder: string): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(process.execPath, [main, ...unlocked(['run', 'slow.ts'])], { cwd: folder, env: environment })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  await until(() => existsSync(join(folder, 'begun')))
  return { child, output: () => output }
}

/** What still runs in a folder. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && folderOf(pid) === folder)
}

function folderOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); ) {
    if (Date.now() > end) throw new Error(`this did not come true: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('Ctrl-C', () => {
  test('once: what runs is given time, no new task starts, the recap is printed, 130', async () => {
    const folder = project(slow)
    const { child, output } = await begun(folder)
    child.kill('SIGINT')
    await until(() => output().includes('interrupted: no new task starts'))
    spawn('touch', [join(folder, 'go')])
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    expect(existsSync(join(folder, 'done'))).toBe(true)
    expect(existsSync(join(folder, 'never'))).toBe(false)
    expect(output()).toMatch(/PLAY RECAP\none : ok=0 {2}changed=1/)
  })

  test('twice: what runs is ended, with all that it started, 130', async () => {
    const folder = project(slow)
    const { child, output } = await begun(folder)
    child.kill('SIGINT')
    await until(() => output().includes('interrupted: no new task starts'))
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    expect(output()).toContain('interrupted again: ending what still runs')
    expect(output()).toContain('PLAY RECAP')
    expect(processesIn(folder)).toEqual([])
  })

  test('SIGTERM ends what runs at once', async () => {
    const folder = project(slow)
    const { child, output } = await begun(folder)
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    expect(code).toBe(130)
    expect(output()).toContain('PLAY RECAP')
    expect(processesIn(folder)).toEqual([])
  })
})

test('SIGTERM while a task waits: what it waited for is told, and nothing is called a bug', async () => {
  const folder = project({
    ...slowOf(
      "{ wait } from './wait.ts'",
      `
        task('Wait for a file', wait({ path: 'go' }), {
          until: {
            condition: 'somebody makes the file',
            met: (there) => there === 'yes',
            delay: 600,
            deadline: 3600,
            describe: () => 'not there yet',
          },
        }),
`,
    ),
    'wait.ts': `
import { defineModule, sh, z } from 'ceph-playbook'

export const wait = defineModule({
  name: 'wait',
  description: 'Looks whether a file is there.',
  args: z.strictObject({ path: z.string() }),
  absent: 'no',
  read: (_, look) => look.text(sh('touch begun; echo no')).then((text) => text.trim()),
  plan: () => [],
  output: (_, have) => have,
})
`,
  })
  const { child, output } = await begun(folder)
  await until(() => output().includes('not there yet'))
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  expect(code).toBe(130)
  expect(output()).toMatch(/in vain until somebody makes the file/)
  expect(output()).not.toContain('a bug')
})

test('a run whose output nobody reads any more is done to its end', async () => {
  const folder = project(slow)
  const { child } = await begun(folder)
  child.stdout?.destroy()
  spawn('touch', [join(folder, 'go')])
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  expect(existsSync(join(folder, 'never'))).toBe(true)
})
