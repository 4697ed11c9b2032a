import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import type { Command } from '../../src/core/command.ts'
import { show } from '../../src/core/command.ts'
import { firstLook } from '../../src/modules/libvirt/virsh.ts'
import { useFolder } from './support/folder.ts'

const inFolder = useFolder()

function run({ argv: [program = '', ...args] }: Command) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return { status, stdout }
}

test('who is cut off by a libvirt that leaves asks once more; what fails again has failed', () => {
  mkdirSync(inFolder(), { recursive: true })
  const cutOffOnce = ['sh', '-c', '[ -e "$0" ] && echo web-1 || { touch "$0"; exit 1; }', inFolder('asked')]
  expect(run(firstLook({ argv: cutOffOnce }))).toEqual({ status: 0, stdout: 'web-1\n' })
  expect(run(firstLook({ argv: ['sh', '-c', 'exit 7'] }))).toEqual({ status: 7, stdout: '' })
  expect(show(firstLook({ argv: ['virsh', 'list'] }))).toBe('virsh list')
})
