import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ansibleMissing } from '../inventory/differential/ansible.ts'
import type { Outcome } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { createBench } from './support.ts'

const missing = ansibleMissing()
const title = `ansible-playbook and we do the same${missing === undefined ? '' : ` (skipped: ${missing})`}`
const describeCompared = missing === undefined ? describe : describe.skip

describeCompared(title, () => {
  const bench = createBench(scenarios)
  let theirs: ReadonlyMap<string, Outcome>

  beforeAll(async () => {
    theirs = await bench.theirs()
  }, 300_000)

  afterAll(() => bench.remove())

  for (const [name, { both, differs }] of Object.entries(scenarios))
    test(differs ? `${name} (not the same: ${differs.why})` : name, async () => {
      const ours = await bench.ours(name)
      expect({ ansible: theirs.get(name), ours }).toEqual({
        ansible: both ?? differs?.ansible,
        ours: both ?? differs?.ours,
      })
    })
})
