// `npm run bench`: how long a converge takes that has nothing to do, and one that changes every file, side by side with
// ansible-playbook, on this machine's own sshd. Figures and what they mean are in docs/comparison.md. Sizes may be given:
// `npm run bench -- 1 10`.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { type ManyHosts, manyHosts } from '../test/transport/helpers/many.ts'

const tasks = 30
const forks = 20
/** The median of so many; one for many hosts, with which a round of ansible-playbook takes minutes. */
const roundsFor = (hosts: number) => (hosts > 10 ? 1 : 3)

const root = join(import.meta.dirname, '..')
const main = join(root, 'dist/src/cli/main.js')

function writeBoth({ folder, inventory }: ManyHosts): void {
  const numbers = Array.from({ length: tasks - 1 }, (_, index) => index)
  const files: Record<string, string> = {
    'inventory.yml': inventory,
    'ansible.cfg': `[defaults]\nforks = ${forks}\ninterpreter_python = /usr/bin/python3\n[ssh_connection]\npipelining = true\nssh_args = -o ControlMaster=auto -o ControlPersist=20s\n`,
    'ours.ts': `
import { copy, directory, play, playbook, task, z } from 'ceph-playbook'

export default playbook({
  name: 'Converge',
  vars: { content: z.string() },
  plays: ({ content }) => [
    play({
      name: 'Converge',
      hosts: 'all',
      tasks: [
        task('Folder', directory(({ host }) => ({ path: '${folder}/files/' + host.name, mode: '0755' }))),
        ...${JSON.stringify(numbers)}.map((file) =>
          task('File ' + file, copy(({ host }) => ({ dest: '${folder}/files/' + host.name + '/' + file, content, mode: '0644' }))),
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
          `    - copy: { dest: "${folder}/files/{{ inventory_hostname }}/${file}", content: "{{ content }}", mode: "0644" }`,
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

interface Round {
  readonly ours: number
  readonly theirs: number
}

function tell(hosts: number, what: string, rounds: readonly Round[]): void {
  const [our, their] = [median(rounds.map(({ ours }) => ours)), median(rounds.map(({ theirs }) => theirs))]
  const load = loadavg()[0]?.toFixed(0)
  process.stdout.write(
    `${hosts} hosts, ${tasks} tasks, ${what}: ${our.toFixed(1)} s, ansible-playbook ${their.toFixed(1)} s, ratio ${(their / our).toFixed(1)} (load ${load})\n`,
  )
}

async function compare(count: number): Promise<void> {
  const many = await manyHosts(count)
  const settings = ['--no-typecheck', '--no-lock', '--forks', String(forks)]
  const round = (content: string, idle: boolean): Round => {
    const vars = ['-e', `content=${content}`]
    const ours = [process.execPath, main, 'run', 'ours.ts', ...settings, ...vars]
    const theirs = ['ansible-playbook', '-i', 'inventory.yml', 'theirs.yml', ...vars]
    // The same files: who comes second would find them changed already.
    const first = seconds(many.folder, ours, idle)
    if (!idle) seconds(many.folder, [...ours.slice(0, -1), `content=${content}-before`], false)
    return { ours: first, theirs: seconds(many.folder, theirs, idle) }
  }
  try {
    writeBoth(many)
    round('begin', false)
    const rounds = Array.from({ length: roundsFor(count) }, (_, index) => index)
    const idle = rounds.map(() => round('begin', true))
    tell(count, 'nothing to do', idle)
    const changing = rounds.map((index) => round(`round-${index}`, false))
    tell(count, 'every file changes', changing)
  } finally {
    await many.stop()
  }
}

const given = process.argv.slice(2).map(Number)
for (const count of given.length > 0 ? given : [1, 10, 50]) await compare(count)
process.exit()
