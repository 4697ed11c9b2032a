import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { inventoryList } from '../../../src/inventory/list.ts'
import { loadInventory } from '../../../src/inventory/load.ts'
import { ansibleInventories, ansibleMissing } from './ansible.ts'

/** A folder with other projects' inventories; its `inventories.txt` has their paths, one a line. */
const corpus = process.env.INVENTORY_CORPUS
const missing = corpus === undefined ? 'INVENTORY_CORPUS is not set' : ansibleMissing()
const paths =
  corpus && !missing ? readFileSync(join(corpus, 'inventories.txt'), 'utf8').split('\n').filter(Boolean) : []

describe(`inventories of other projects${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const theirs = new Map<string, unknown>()

  beforeAll(async () => {
    if (missing) return
    const home = mkdtempSync(join(tmpdir(), 'ansible-home-'))
    try {
      const asked = paths.map((path) => ['-i', join(corpus ?? '', path), '--list'])
      for (const [index, answer] of (await ansibleInventories(home, asked)).entries())
        theirs.set(paths[index] ?? '', answer)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  }, 600_000)

  const check = missing ? test.skip : test
  check.each(missing ? ['none'] : paths)('%s', async (path) => {
    const ours: unknown = JSON.parse(JSON.stringify(inventoryList(await loadInventory([join(corpus ?? '', path)]))))
    expect(ours).toEqual(theirs.get(path))
  })
})
