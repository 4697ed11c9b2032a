import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@jest/globals'

const golden = join(import.meta.dirname, '../fixtures/report')

/** Compares with the text in test/fixtures/report; `GOLDEN_UPDATE=1` writes it instead, for a person to read. */
export function expectGolden(name: string, text: string): void {
  const file = join(golden, name)
  if (process.env.GOLDEN_UPDATE === '1') writeFileSync(file, text)
  expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : 'a golden file: run with GOLDEN_UPDATE=1')
}
