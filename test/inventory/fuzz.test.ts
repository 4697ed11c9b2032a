import { describe, expect, test } from '@jest/globals'
import { InputError } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import type { Declaration } from '../../src/inventory/declaration.ts'
import { buildGraph } from '../../src/inventory/graph.ts'
import { inventoryOf } from '../../src/inventory/grow.ts'
import { parseIniInventory } from '../../src/inventory/ini.ts'
import { inventoryList } from '../../src/inventory/list.ts'
import { openVault, sealVault } from '../../src/inventory/vault.ts'
import { parseYamlInventory } from '../../src/inventory/yaml.ts'
import type { Cases } from './differential/case.ts'
import { iniCases } from './differential/ini-cases.ts'
import { precedenceCases } from './differential/precedence-cases.ts'
import { yamlCases } from './differential/yaml-cases.ts'
import { mutate, seeded } from './mutate.ts'

const rounds = 10_000
const pieces: readonly string[] = [
  ...[
    '\t',
    '\n',
    ' ',
    ':',
    ': ',
    '- ',
    '"',
    "'",
    '\\',
    '#',
    '=',
    ',',
    '|',
    '>',
    '&a ',
    '*a',
    '!',
    '!!',
    '!vault ',
    '<<: ',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    '[1:9]',
    '[a:z]',
    '[0:99999999999999999999]',
    '[[[[[[[[[[',
    '{{{{',
    '{{ x }}',
    '{% if %}',
    '}}',
  ],
  ...[
    '\0',
    '\r',
    '\r\n',
    '\u2028',
    '\ufeff',
    '\ud800',
    '%YAML 1.1\n',
    '---\n',
    '...\n',
    '? ',
    '~',
    '=\n',
    '1e999',
    '0x',
    '0b',
  ],
  ...[
    '[all:children]\n',
    '[all:vars]\n',
    'all',
    'ungrouped',
    '__proto__',
    'constructor',
    'hosts:\n',
    'children:\n',
    'vars:\n',
  ],
  ...['$ANSIBLE_VAULT;1.1;AES256\n', ';', '30', '0a', 'ansible_group_priority: x\n', 'ansible_group_priority=-1\n'],
]

/** The first file of each case, when it is short: a change then hits something that matters. */
function texts(...all: readonly Cases[]): readonly string[] {
  const first = all.flatMap((cases) => Object.values(cases).map(({ files }) => Object.values(files)[0] ?? ''))
  return first.filter(({ length }) => length < 250)
}

interface Tally {
  readonly bugs: readonly string[]
  /** In milliseconds of this process's own time, so that a busy machine does not count. */
  readonly slowest: number
  readonly refused: number
  readonly taken: number
}

/** Gives mutated texts to a reader; whatever it throws besides InputError is a bug. */
function fuzz(seed: number, corpus: readonly string[], count: number, read: (text: string) => void): Tally {
  const random = seeded(seed)
  const bugs: string[] = []
  let [slowest, refused] = [0, 0]
  for (let round = 0; round < count; round++) {
    const text = mutate(corpus[Math.floor(random() * corpus.length)] ?? '', random, pieces)
    const start = process.cpuUsage()
    try {
      read(text)
    } catch (error) {
      if (error instanceof InputError) refused++
      else bugs.push(`${String(error)} on ${JSON.stringify(text)}`)
    }
    slowest = Math.max(slowest, process.cpuUsage(start).user / 1000)
  }
  return { bugs: bugs.slice(0, 3), slowest, refused, taken: count - refused }
}

function use(declarations: readonly Declaration[]): void {
  const sources = [{ name: 'fuzz', declarations }]
  const folders = { inventory: [], playbook: [] }
  const readVars = async () => folders
  const inventory = inventoryOf({ sources, graph: buildGraph(sources), folders, readVars, environment: undefined })
  JSON.stringify(inventoryList(inventory))
  inventory.select('all').map(({ vars }) => Object.keys(vars))
}

const file = 'fuzz'
const key = { id: 'default', password: new Secret('a password of the fuzz test') }
const openInline = (envelope: string, location: { file: string }) =>
  new Secret(openVault(envelope, [], location).toString())
const sealed = [sealVault('', key), sealVault('text', { ...key, id: 'prod' }), sealVault('x'.repeat(500), key)]

describe('ten thousand mutated texts bring no crash and no hang', () => {
  test.each([
    [
      'YAML',
      1,
      texts(yamlCases, precedenceCases),
      (text: string) => use(parseYamlInventory(text, { file, openVault: openInline })),
    ],
    ['INI', 2, texts(iniCases), (text: string) => use(parseIniInventory(text, file))],
    ['a vault header', 3, sealed, (text: string) => openVault(text, [], { file })],
  ] as const)(
    'in %s',
    (_, seed, corpus, read) => {
      const { bugs, slowest, refused, taken } = fuzz(seed, corpus, rounds, read)
      expect(bugs).toEqual([])
      expect(slowest).toBeLessThan(1000)
      expect(refused + taken).toBe(rounds)
      expect(refused).toBeGreaterThan(100)
    },
    60_000,
  )

  test('in a vault that is opened with a password', () => {
    const { bugs, taken } = fuzz(4, sealed, 200, (text) => openVault(text, [key], { file }))
    expect(bugs).toEqual([])
    expect(taken).toBeLessThan(40)
  }, 60_000)
})
