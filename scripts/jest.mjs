// `npm run jest -- --selectProjects lab test/lab/lab.test.ts`: jest, with ES modules. Paths are taken as paths, where
// jest would take one that stands behind --selectProjects for the name of another project, and run them all.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const args = process.argv.slice(2)
const paths = args.filter((arg) => arg.startsWith('test/'))
const others = args.filter((arg) => !arg.startsWith('test/') || args[args.indexOf(arg) - 1] === '--testPathPatterns')
const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url))
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
const { status } = spawnSync(
  process.execPath,
  [
    ...flags,
    jest,
    ...others,
    ...paths.filter((path) => !others.includes(path)).flatMap((path) => ['--testPathPatterns', path]),
  ],
  { stdio: 'inherit' },
)
process.exit(status ?? 1)
