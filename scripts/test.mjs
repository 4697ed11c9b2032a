// `npm test`: everything that says whether the project is sound. Plain Node, since it is what installs the rest.
// The last line is `N passed, N failed` as jest counts, with the skipped ones when there are any; when build, lint or
// types fail, each is one more that failed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { needsInstall } from './installed.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const counts = { passed: 0, failed: 0, skipped: 0 }

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

function step(title, command, args) {
  process.stdout.write(`\n== ${title}\n`)
  const ok = run(command, args)
  if (ok) return true
  counts.failed++
  process.stdout.write(`FAILED: ${title}\n`)
  return false
}

function tests() {
  process.stdout.write('\n== Tests\n')
  const folder = mkdtempSync(join(tmpdir(), 'playbook-test-'))
  const report = join(folder, 'jest.json')
  run('npm', ['run', '--silent', 'jest', '--', '--json', `--outputFile=${report}`])
  try {
    const results = JSON.parse(readFileSync(report, 'utf8'))
    counts.passed += results.numPassedTests
    counts.failed += results.numFailedTests + results.numRuntimeErrorTestSuites
    counts.skipped += results.numPendingTests + results.numTodoTests
  } catch (error) {
    counts.failed++
    process.stdout.write(`FAILED: the tests left no results: ${error.message}\n`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function finish() {
  const { passed, failed, skipped } = counts
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  process.exit(failed > 0 ? 1 : 0)
}

const install = ['ci', '--no-fund', '--no-audit', '--loglevel=error']
if (needsInstall(root) && !step('Install the npm packages', 'npm', install)) finish()
step('Build', 'npm', ['run', '--silent', 'build'])
step('Lint', 'npx', ['biome', 'check', '.'])
step('Types', 'npm', ['run', '--silent', 'types'])
tests()
finish()
