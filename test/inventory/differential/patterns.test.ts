import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type LoadedInventory, loadInventory } from '../../../src/inventory/load.ts'
import { folderOf } from '../helpers.ts'
import { ansibleMissing, ansibleSelections } from './ansible.ts'

const inventory = `
all:
  hosts: {lonely.example.com: , 10.0.0.1: , "2001:db8::1": }
  children:
    east:
      hosts: {e1: , e2: , e3: }
    west:
      hosts: {w1: , w2: }
    rbdmirrors:
      hosts: {e2: , e3: , w2: }
    sites:
      children: {west: , east: }
    empty:
    web-servers: {hosts: {"web[01:12]": }}
`

const patterns = [
  'all',
  '*',
  'east',
  'sites',
  'ungrouped',
  'west:east',
  'east:west',
  'e3:e1',
  'e3,e1',
  'e1 , w1,',
  'east:&rbdmirrors',
  '&rbdmirrors:east',
  'all:!west',
  '!west',
  '!west:!web-servers',
  '&east',
  'east:west:&rbdmirrors:!e2',
  'east,&rbdmirrors,!e2',
  '!e2,east',
  'sites:!~e.*',
  'e*',
  'e?',
  'w?',
  'w*',
  '[ew]1',
  'e[!1]',
  '*.example.com',
  '*.*',
  '10.0.0.*',
  '~(e|w)[12]',
  '~e',
  '~.*east',
  '~web(01|1\\d)$',
  '~web0[1-3]:&web-servers',
  'east[0]',
  'east[-1]',
  'east[1]',
  'east[1:2]',
  'east[1:]',
  'east[0:0]',
  'east[0:]',
  'sites[0]',
  'sites[-1]',
  'sites[1:3]',
  'web-servers[10:11]',
  'web-servers[9:99]',
  'web*[2]',
  'e*[1:2]',
  'east[0]:west[1]',
  'rbdmirrors[0]:&east',
  'sites:!east[0]',
  'sites:&rbdmirrors[1:]',
  '10.0.0.1',
  '2001:db8::1',
  'localhost',
  'east:localhost',
  'empty',
  'empty:e1',
  'lonely.example.com',
]

const missing = ansibleMissing()
const check = missing === undefined ? test : test.skip

describe(`Ansible and we select the same hosts${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'ansible-home-'))
  const { path, remove } = folderOf({ 'inventory.yml': inventory })
  const file = join(path, 'inventory.yml')
  const theirs = new Map<string, unknown>()
  let ours: LoadedInventory

  beforeAll(async () => {
    ours = await loadInventory([file])
    if (missing !== undefined) return
    const answers = await ansibleSelections(home, file, patterns)
    for (const [index, pattern] of patterns.entries()) theirs.set(pattern, answers[index])
  }, 120_000)

  afterAll(() => {
    remove()
    rmSync(home, { recursive: true, force: true })
  })

  check.each(patterns)('%s', (pattern) => {
    expect(ours.select(pattern).map(({ name }) => name)).toEqual(theirs.get(pattern))
  })
})
