// `npm run bench`: how long a converge with nothing to do takes, side by side with ansible-playbook, on this machine's
// own sshd. Figures and what they mean are in docs/faults.md. Sizes may be given: `npm run bench -- 1 10`.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ManyHosts, manyHosts } from '../test/transport/helpers/many.ts'

const tasks = 30
const forks = 20
const rounds = 3

const root = join(import.meta.dirname, '..')
const main = join(root, 'dist/src/cli/main.js')
const content = 'the same on every host'

function writeBoth({ folder, inventory }: ManyHosts): void {
  const numbers = Array.from({ length: tasks - 1 }, (_, index) => index)
  const files: Record<string, string> = {
    'inventory.yml': inventory,
    'ansible.cfg': `[defaults]\nforks = ${forks}\ninterpreter_python = /usr/bin/python3\n[ssh_connection]\npipelining = true\nssh_args = -o ControlMaster=auto -o ControlPersist=20s\n`,
    'ours.ts': `
import { copy, directory, play, playbook, task } from 'ceph-playbook'

export default playbook({
  name: 'Converge',
  plays: [
    play({
      name: 'Converge',
      hosts: 'all',
      tasks: [
        task('Folder', directory(({ host }) => ({ path: '${folder}/files/' + host.name, mode: '0755' }))),
        ...${JSON.stringify(numbers)}.map((file) =>
          task('File ' + file, copy(({ host }) => ({ dest: '${folder}/files/' + host.name + '/' + file, content: '${content}', mode: '0644' }))),
        ),
      ],
    }),
  ],
})
`,
    'theirs.yml': [
      '- hosts: all',
      '  gather_facts: false',
      '  tasks:',
      `    - file: { path: "${folder}/files/{{ inventory_hostname }}", state: directory, mode: "0755" }`,
      ...numbers.map(
        (file) =>
          `    - copy: { dest: "${folder}/files/{{ inventory_hostname }}/${file}", content: "${content}", mode: "0644" }`,
      ),
      '',
    ].join('\n'),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

/** Seconds that a command takes; it must end well, and have changed nothing when `idle`. */
function seconds(folder: string, [command = '', ...args]: readonly string[], idle: boolean): number {
  const started = performance.now()
  const env = { PATH: process.env.PATH ?? '', HOME: folder, LANG: 'C.UTF-8' }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' })
  const taken = (performance.now() - started) / 1000
  if (status !== 0 || (idle && /changed=[1-9]/.test(stdout)))
    throw new Error(`${command} ended with ${status}:\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`)
  return taken
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function compare(count: number): Promise<void> {
  const many = await manyHosts(count)
  try {
    writeBoth(many)
    const ours = [process.execPath, main, 'run', 'ours.ts', '--no-typecheck', '--no-lock', '--forks', String(forks)]
    const theirs = ['ansible-playbook', '-i', 'inventory.yml', 'theirs.yml']
    seconds(many.folder, ours, false)
    seconds(many.folder, theirs, false)
    const taken = Array.from({ length: rounds }, () => ({
      ours: seconds(many.folder, ours, true),
      theirs: seconds(many.folder, theirs, true),
    }))
    const [our, their] = [median(taken.map((round) => round.ours)), median(taken.map((round) => round.theirs))]
    const ratio = (their / our).toFixed(1)
    process.stdout.write(
      `${count} hosts, ${tasks} tasks: ${our.toFixed(1)} s, ansible-playbook ${their.toFixed(1)} s, ratio ${ratio}\n`,
    )
  } finally {
    await many.stop()
  }
}

const given = process.argv.slice(2).map(Number)
for (const count of given.length > 0 ? given : [1, 10, 50]) await compare(count)
process.exit()
