// `npm run demo`: from a bare clone to two Ceph sites that mirror a pool both ways, on hosts of this machine.
// Plain Node, since it is what installs the rest.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { needsInstall } from './installed.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const playbook = join(root, 'dist', 'src', 'cli', 'main.js')
const started = Date.now()

function refuse(reason) {
  process.stderr.write(`demo: ${reason}\n`)
  process.exit(2)
}

function seconds(since) {
  return `${Math.round((Date.now() - since) / 1000)} s`
}

function step(title, command, args) {
  const begun = Date.now()
  process.stdout.write(`\n== ${title}\n`)
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) {
    process.stderr.write(
      `\ndemo: “${title}” ended with ${signal ?? `exit code ${status}`}; run it again to go on from here\n`,
    )
    process.exit(status ?? 130)
  }
  process.stdout.write(`== ${title}: ${seconds(begun)}\n`)
}

const run = (title, ...args) => step(title, process.execPath, [playbook, ...args])

if (process.platform !== 'linux') refuse(`the lab's hosts need Linux, and this is ${process.platform}`)
if (process.getuid() !== 0) refuse('the lab boots hosts of its own, which needs root: run it with sudo')
if (!existsSync('/usr/bin/apt-get')) refuse('the lab is made of Debian packages, and there is no apt-get here')

if (needsInstall(root)) step('Install the npm packages', 'npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
step('Build', 'npm', ['run', '--silent', 'build'])
run('Boot the lab: two sites, six hosts', 'lab', 'up')
run('Build two Ceph sites from bare hosts', 'run', 'new-site.ts', '-i', 'inventory.yml')
run('Mirror a pool both ways', 'run', 'bidirectional.ts', '-i', 'inventory.yml')
run('Prove that data arrives, both ways', 'run', 'verify.ts', '-i', 'inventory.yml')
run(
  'The state of the pair',
  'lab',
  'exec',
  'west-storage-1',
  '--',
  'rbd',
  'mirror',
  'pool',
  'status',
  'mirror-pool-test',
)

process.stdout.write(`
Two sites mirror the pool mirror-pool-test both ways, after ${seconds(started)}. What to try next:

  npx playbook run verify.ts -i inventory.yml                    prove it again
  npx playbook run bidirectional.ts -i inventory.yml             nothing changes the second time
  npx playbook plan bidirectional.ts -i inventory.yml            say what would change, after you broke something
  npx playbook lab ssh west-mirror-1                             look around on a host
  npx playbook lab cut east-storage-1                            cut a host off (mend brings it back)
  npx playbook lab down                                          end the lab
`)
