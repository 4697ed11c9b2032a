import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { environment, project, root, unlocked } from './support.ts'

/** A project of a user, with the package installed as npm would: unpacked, its dependencies beside it. */
function installed(): string {
  const folder = project()
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const own = join(modules, 'ceph-playbook')
  mkdirSync(own)
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', own, '--strip-components=1'])
  symlinkSync('../ceph-playbook/dist/src/cli/main.js', join(modules, '.bin/playbook'))
  execFileSync('chmod', ['+x', join(own, 'dist/src/cli/main.js')])
  return folder
}

describe('installed as a dependency', () => {
  let folder: string

  beforeAll(() => {
    folder = installed()
  })

  function run(...args: string[]) {
    const env = { ...environment, PATH: `${join(folder, 'node_modules/.bin')}:${environment.PATH}` }
    return spawnSync('playbook', unlocked(args), { cwd: folder, env, encoding: 'utf8' })
  }

  test('it checks and runs the playbooks of its user', () => {
    expect(run('check', 'hello.ts')).toMatchObject({
      stderr: '',
      stdout: 'hello.ts: 1 play, 1 task, 2 hosts: no mistake found\n',
    })
    expect(run('run', 'hello.ts')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('2 changed'),
    })
  })

  test('it finds the types of its modules', () => {
    writeFileSync(
      join(folder, 'bad.ts'),
      `import { copy, play, playbook, task } from 'ceph-playbook'\nexport default playbook({ name: 'x', plays: [play({ name: 'x', hosts: 'all', tasks: [task('x', copy({ dst: 'x' }))] })] })\n`,
    )
    expect(run('check', 'bad.ts').stderr).toMatch(/^bad\.ts:2:\d+: error: TS\d+: .*'dst' does not exist/s)
  })

  test('an editor that uses the project made by init finds no fault', () => {
    run('init', 'site')
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    expect(spawnSync(process.execPath, [tsc, '-p', 'site'], { cwd: folder, encoding: 'utf8' }).stdout).toBe('')
  })

  test('the project made by init has tests, which pass', () => {
    run('init', 'tested')
    const env = { ...environment, PATH: `${join(folder, 'node_modules/.bin')}:${environment.PATH}` }
    const { status, stdout } = spawnSync('npm', ['test'], { cwd: join(folder, 'tested'), env, encoding: 'utf8' })
    expect(stdout).toContain('# pass 2')
    expect(status).toBe(0)
  })

  test('--env-file is its own option, not that of node, which has one of this name', () => {
    expect(run('run', 'hello.ts', '--env-file', 'nowhere')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--env-file: nowhere cannot be read: no such file or directory'),
    })
  })

  test('it brings its playbooks and templates', () => {
    copyFileSync(join(root, 'playbooks/inventory.yml'), join(folder, 'ceph.yml'))
    const listed = run('run', 'bidirectional.ts', '-i', 'ceph.yml', '--list-tasks')
    expect(listed).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('play #1 ') })
    expect(run('check', 'bidirectional.ts', '-i', 'ceph.yml')).toMatchObject({ status: 0, stderr: '' })
  })

  test('it brings no tests and no sources', () => {
    const files = readdirSync(join(folder, 'node_modules/ceph-playbook'))
    expect(files).toEqual(expect.arrayContaining(['dist', 'package.json', 'playbooks', 'templates']))
    expect(files).not.toContain('test')
  })
})
