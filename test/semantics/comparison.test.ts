import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { scenarios } from './scenarios/index.ts'

const page = join(import.meta.dirname, '../../docs/comparison.md')
const text = readFileSync(page, 'utf8')

/** Rows of the tables of features: the name, what is said of us, and the tests named for it. */
const rows = text.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim())
  const [, name = '', , , , ours = '', shown = ''] = cells
  return cells.length === 8 && /^(yes|partly|no)\b/.test(ours) ? [{ name, ours, shown }] : []
})

describe('docs/comparison.md', () => {
  test('has all rows', () => expect(rows.length).toBe(43))

  test.each(rows)('$name: a test is named, and is there', ({ ours, shown }) => {
    const files = [...shown.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => join(dirname(page), path))
    expect(files.length > 0).toBe(!ours.startsWith('no'))
    expect(files.filter((file) => !existsSync(file))).toEqual([])
  })

  test('counts the scenarios, and lists all that differ', () => {
    const all = Object.values(scenarios)
    const differing = all.filter(({ differs }) => differs).length
    const [, table = ''] = /^\| +\| Ansible \| here \| why \|\n\|[-|]+\n((?:\|.*\n)+)/m.exec(text) ?? []
    expect(text).toContain(`has ${all.length} scenarios`)
    expect(table.trim().split('\n')).toHaveLength(differing)
  })
})
