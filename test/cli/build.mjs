import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** The command line is tested as users run it: built. Types are the business of `npm run types`. */
export default function build() {
  const root = join(import.meta.dirname, '../..')
  spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'ignore' })
}
