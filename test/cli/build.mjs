import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The command line is tested as users run it: built. Types are the business of `npm run types`. */
export default function build() {
  if (builtAt() < Math.max(...['src', 'lab'].map(newest)))
    spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'ignore' })
}

function builtAt() {
  return statSync(join(root, 'dist/src/cli/main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** When a source was changed last. */
function newest(folder) {
  const files = readdirSync(join(root, folder), { recursive: true }).filter((file) => file.endsWith('.ts'))
  return Math.max(...files.map((file) => statSync(join(root, folder, file)).mtimeMs))
}
