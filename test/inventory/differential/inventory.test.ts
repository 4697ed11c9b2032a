import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { inventoryList } from '../../../src/inventory/list.ts'
import { loadInventory } from '../../../src/inventory/load.ts'
import { folderOf } from '../helpers.ts'
import { ansibleInventories, ansibleMissing } from './ansible.ts'
import type { Case } from './case.ts'
import { iniCases } from './ini-cases.ts'
import { precedenceCases } from './precedence-cases.ts'
import { scalarCases } from './scalar-cases.ts'
import { sourceCases } from './source-cases.ts'
import { yamlCases } from './yaml-cases.ts'

const sections = {
  YAML: yamlCases,
  scalars: scalarCases,
  INI: iniCases,
  precedence: precedenceCases,
  sources: sourceCases,
}
const cases = Object.entries(sections).flatMap(([section, all]) =>
  Object.entries(all).map(([name, one]) => ({ name: `${section}: ${name}`, one })),
)
const missing = ansibleMissing()
const check = missing === undefined ? test : test.skip
const title = `ansible-inventory --list and we agree${missing === undefined ? '' : ` (skipped: ${missing})`}`

interface Prepared {
  readonly sources: readonly string[]
  readonly playbookFolder: string | undefined
  readonly remove: () => void
}

function prepare(one: Case): Prepared {
  const { path, remove } = folderOf(one.files)
  const sources = (one.sources ?? [Object.keys(one.files)[0] ?? '']).map((source) =>
    source.includes(',') ? source : join(path, source),
  )
  const playbookFolder = one.playbookFolder === undefined ? undefined : join(path, one.playbookFolder)
  return { sources, playbookFolder, remove }
}

function listArguments({ sources, playbookFolder }: Prepared): readonly string[] {
  const base = playbookFolder === undefined ? [] : ['--playbook-dir', playbookFolder]
  return [...sources.flatMap((source) => ['-i', source]), ...base, '--list']
}

describe(title, () => {
  const prepared = new Map(cases.map(({ name, one }) => [name, prepare(one)]))
  const theirs = new Map<string, unknown>()
  const home = mkdtempSync(join(tmpdir(), 'ansible-home-'))

  beforeAll(async () => {
    if (missing !== undefined) return
    const answers = await ansibleInventories(home, [...prepared.values()].map(listArguments))
    for (const [index, name] of [...prepared.keys()].entries()) theirs.set(name, answers[index])
  }, 300_000)

  afterAll(() => {
    rmSync(home, { recursive: true, force: true })
    for (const { remove } of prepared.values()) remove()
  })

  check.each([...prepared.keys()])('%s', async (name) => {
    const { sources = [], playbookFolder } = prepared.get(name) ?? {}
    const ours: unknown = JSON.parse(JSON.stringify(inventoryList(await loadInventory(sources, { playbookFolder }))))
    expect(ours).toEqual(theirs.get(name))
  })

  test('in more than sixty inventories', () => {
    expect(cases.length).toBeGreaterThan(60)
  })
})
