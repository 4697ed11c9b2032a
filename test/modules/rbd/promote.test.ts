import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { imageRole } from '../../../src/modules/rbd/image-role.ts'
import { noImages } from '../../../src/modules/rbd/mirrored.ts'
import { useFolder } from '../support/folder.ts'
import { runLocally } from '../support/local.ts'

const at = useFolder()

const copy = {
  info: {
    name: 'vm1',
    id: '1',
    size: 1,
    objectSize: 1,
    features: [],
    dataPool: undefined,
    snapshots: 0,
    parent: undefined,
    mirroring: { mode: 'journal', state: 'enabled', globalId: 'g', primary: false },
  },
  status: undefined,
} as const

/** Promotes where `rbd` fails so often, with this code, before it succeeds: a demotion on its way cannot be had on demand. */
async function promoted(failures: number, code: number) {
  writeFileSync(
    at('rbd'),
    `#!/bin/sh
echo "$*" >> '${at('tries')}'
[ "$(wc -l < '${at('tries')}')" -gt ${failures} ] && exit
echo 'demotion is not propagated yet' >&2
exit ${code}
`,
  )
  chmodSync(at('rbd'), 0o755)
  const args = imageRole.definition.args.parse({ pool: 'vms', image: 'vm1', role: 'primary' })
  const [change] = imageRole.definition.plan(args, { ...noImages, images: [copy], clients: {}, incomplete: [] })
  if (!change) throw new Error('nothing was planned')
  const { stderr, ...result } = await runLocally({
    ...change.command,
    env: { PATH: `${at('')}:${process.env.PATH}` },
  })
  return { code: result.code, stderr: stderr.trim(), tries: readFileSync(at('tries'), 'utf8').trim().split('\n') }
}

describe('a promotion', () => {
  test('waits for a demotion that is still on its way', async () => {
    const promote = 'mirror image promote vms/vm1'
    expect(await promoted(2, 16)).toEqual({ code: 0, stderr: '', tries: [promote, promote, promote] })
  })

  test('fails at once for any other reason, and says which', async () => {
    expect(await promoted(2, 5)).toMatchObject({
      code: 5,
      stderr: 'demotion is not propagated yet',
      tries: { length: 1 },
    })
  })
})
