import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { PlaybookError } from '../../src/core/errors.ts'
import * as index from '../../src/index.ts'
import { encode, type GoldenCase, goldenCase } from './support/case.ts'
import { expectNoSecretInSight, expectReads, observed, observeRecorded, planned } from './support/golden.ts'
import { runLocally } from './support/local.ts'
import { type AnyModule, findModules, importable } from './support/modules.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const goldenFolder = join(root, 'test/golden')
const { modules, faults } = await findModules(join(root, 'src/modules'))

const update = process.env.GOLDEN_UPDATE === '1'
/** Answers reads that a case lacks by running them on this machine, and records them in the case. */
const capture = process.env.GOLDEN_CAPTURE === '1' ? runLocally : undefined

test('every file of modules can be imported, and no name is taken twice', () => expect(faults).toEqual([]))

test('playbooks can import every module: it is exported by src/index.ts, or by the index.ts of its folder', () => {
  const exported = importable(index)
  expect([...modules.keys()].filter((name) => !exported.has(name))).toEqual([])
})

test('every folder of cases belongs to a module', () => {
  expect(readdirSync(goldenFolder).filter((name) => !modules.has(name))).toEqual([])
})

for (const [name, module] of modules) {
  describe(name, () => {
    const folder = join(goldenFolder, name)
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
    test(`has a case: test/golden/${name}/CASE.json`, () => expect(files).not.toEqual([]))
    for (const file of files)
      test(file, async () => {
        const path = join(folder, file)
        let raw: { reads?: unknown[] } = JSON.parse(readFileSync(path, 'utf8'))
        await verify(module, goldenCase.parse(raw), ({ captured = [], ...changed }) => {
          raw = { ...raw, ...changed }
          if (captured.length > 0) raw.reads = [...(raw.reads ?? []), ...captured]
          writeFileSync(path, `${JSON.stringify(raw, null, 2)}\n`)
        })
      })
  })
}

type Save = (changed: { plan?: unknown; output?: unknown; captured?: readonly unknown[] }) => void

async function verify(module: AnyModule, golden: GoldenCase, save: Save): Promise<void> {
  const outcome = await observeRecorded(module, golden, golden.reads, capture)
  if (capture && outcome.unexpected.length > 0) save({ captured: outcome.unexpected })
  expectReads(outcome, 'reads')
  if (golden.error !== undefined) {
    expect(outcome.error).toBeInstanceOf(PlaybookError)
    expect(outcome.error).toHaveProperty('message', expect.stringContaining(golden.error))
    return
  }
  const observation = observed(outcome)
  expectNoSecretInSight(observation)
  const made = planned(observation)
  if (update) save(made)
  else expect(made).toEqual({ plan: golden.plan, output: golden.output })
  await verifyAfter(module, golden)
}

async function verifyAfter(module: AnyModule, golden: GoldenCase): Promise<void> {
  if (!golden.after) return
  const outcome = await observeRecorded(module, { ...golden, absent: false }, golden.after)
  expectReads(outcome, 'after')
  const { changes, output } = observed(outcome)
  expect(changes.filter(({ counts }) => counts !== false).map(({ summary }) => summary)).toEqual([])
  if (golden.outputAfter !== undefined) expect(encode(output)).toEqual(golden.outputAfter)
}
