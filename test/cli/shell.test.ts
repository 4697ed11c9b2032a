import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { environment, main, project } from './support.ts'

function shell(input: string, files = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'shell', 'all'], {
    cwd: project(files),
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

test('a host that cannot be reached is told once and left out, until it is to be tried again', () => {
  const dead =
    'all: { hosts: { one: { ansible_connection: local }, two: { ansible_host: 127.0.0.1, ansible_port: 1 } } }'
  const { code, stdout, stderr } = shell('echo a\necho b\nreconnect\necho c\n', { 'inventory.yml': dead })
  expect(code).toBe(3)
  expect(stdout.match(/one \| rc=0 >>\n[abc]\n/g)).toHaveLength(3)
  expect(stdout.match(/two \| UNREACHABLE/g)).toHaveLength(2)
  const notice = 'left out from now on: two; "reconnect" tries again\n'
  expect(stderr).toBe(notice + notice)
})

test('where no host can be reached, a line says that it runs nowhere', () => {
  const dead = 'all: { hosts: { two: { ansible_host: 127.0.0.1, ansible_port: 1 } } }'
  const { code, stdout, stderr } = shell('echo a\necho b\n', { 'inventory.yml': dead })
  expect(code).toBe(3)
  expect(stdout.match(/UNREACHABLE/g)).toHaveLength(1)
  expect(stderr).toContain('no host is left to run it on; "reconnect" tries them again\n')
})
