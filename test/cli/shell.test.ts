import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { environment, main, project } from './support.ts'

function shell(input: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'shell', 'all'], {
    cwd: project(),
    env: environment,
    encoding: 'utf8',
    input,
  })
  return { code: status, stdout, stderr }
}

test('each line runs on every host, until exit', () => {
  const { code, stdout } = shell('echo $((40 + 2))\n\nexit\necho never\n')
  expect(code).toBe(0)
  expect(stdout.match(/(one|two) \| rc=0 >>\n42\n/g)).toHaveLength(2)
  expect(stdout).not.toContain('never')
})

test('a line that fails is told, the next one runs, and the exit code says so', () => {
  const { code, stdout } = shell('exit 3\necho after\n')
  expect(code).toBe(4)
  expect(stdout).toMatch(/one \| FAILED \| exit code 3 >>/)
  expect(stdout).toContain('after')
})
