import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { labDown, labFiles } from '../../lab/index.ts'
import { environment, playbook } from '../cli/support.ts'
import { faultProject } from './fault-runs.ts'
import { asRoot, countInJournal, markJournal, names, newKey, onTerminal, publicKey, sshLab } from './ssh-lab.ts'
import { describeLab } from './support.ts'

const [, lectured, terminal] = names
const operatorPassword = () => readFileSync(labFiles(sshLab.name).operatorPassword, 'utf8')
const rootPassword = 'root of all'
const run = ['run', 'fault.ts', '--no-typecheck', '--no-lock']

interface Wanted {
  /** Whom the task works as. */
  readonly become?: string
  /** Lines for the variables of all hosts. */
  readonly vars?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A project whose task writes down who it works as, on every host; who logs in is `operator` unless told otherwise. */
function projectOf({ become, vars = ['ansible_user: operator'], env = {} }: Wanted): string {
  const options = become === undefined ? '' : `{ become: '${become}' }`
  const task = `task('Say', script({ run: 'id -un > /run/said' }), ${options}),`
  const inventory = (text: string) => text.replace('ansible_user: root', vars.join('\n    '))
  const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`)
  const folder = faultProject(sshLab.name, task, { inventory, files: { '.env': lines.join('') } })
  chmodSync(join(folder, '.env'), 0o600)
  return folder
}

/** How often an error is told as it comes; at the end there is a summary of all. */
const errorsOf = (output: string, error: string) => (output.split('FAILURES')[0] ?? '').split(error).length - 1

const said = () => Promise.all(names.map((host) => asRoot(host, 'cat /run/said')))
const everywhere = (text: string) => names.map(() => text)

describeLab('passwords', { ...sshLab, hosts: names }, () => {
  afterAll(() => labDown(sshLab.name))

  // One host of each kind: sudo as it comes, with a lecture each time, and with `requiretty`.
  beforeAll(async () => {
    await asRoot(lectured, "echo 'Defaults lecture=always' > /etc/sudoers.d/zz-test")
    await asRoot(terminal, "echo 'Defaults requiretty' > /etc/sudoers.d/zz-test")
    for (const host of names) await asRoot(host, `useradd -m svc; echo 'root:${rootPassword}' | chpasswd`)
  })
  beforeEach(async () => {
    for (const host of names) await asRoot(host, 'echo nobody > /run/said; chmod 666 /run/said')
  })

  describe('sudo', () => {
    test('with a password on every host: -K asks once', async () => {
      const { code, text, asked } = await onTerminal(projectOf({ become: 'root' }), [...run, '-K'], {
        question: 'become password: ',
        answer: operatorPassword(),
      })
      expect({ code, asked, text }).toMatchObject({ code: 0, asked: 1 })
      expect(text).not.toContain(operatorPassword())
      expect(await said()).toEqual(everywhere('root'))
    })

    test.each(['root', 'svc'])('with the password of .env, as %s', async (become) => {
      const env = { PLAYBOOK_BECOME_PASSWORD: operatorPassword() }
      expect(playbook(projectOf({ become, env }), run)).toMatchObject({ code: 0, stderr: '' })
      expect(await said()).toEqual(everywhere(become))
    })

    test('with a wrong password: one error a host, and one attempt a host', async () => {
      const marks = await Promise.all(names.map(markJournal))
      const env = { PLAYBOOK_BECOME_PASSWORD: 'this-is-not-it' }
      const { code, stdout } = playbook(projectOf({ become: 'root', env }), run)
      expect({ code, stdout }).toMatchObject({ code: 3 })
      for (const [index, host] of names.entries()) {
        expect(errorsOf(stdout, `${host}: sudo refused the password to become root`)).toBe(1)
        const attempts = await countInJournal(host, marks[index] ?? '', 'pam_unix.sudo:auth.: authentication failure')
        const counted = await countInJournal(host, marks[index] ?? '', '1 incorrect password attempt ')
        expect([host, attempts, counted]).toEqual([host, 1, 1])
      }
      expect(stdout).toContain('it was given once only, to lock nobody out')
      expect(stdout).not.toContain('this-is-not-it')
      expect(await said()).toEqual(everywhere('nobody'))
    })

    test('without a password where one is needed: nothing is tried', async () => {
      const marks = await Promise.all(names.map(markJournal))
      const { code, stdout } = playbook(projectOf({ become: 'root' }), run)
      expect({ code, stdout }).toMatchObject({ code: 3 })
      expect(stdout).toContain('sudo wants a password to become root, and none is known')
      for (const [index, host] of names.entries())
        expect(await countInJournal(host, marks[index] ?? '', 'authentication failure')).toBe(0)
    })
  })

  describe('su', () => {
    const vars = ['ansible_user: operator', 'ansible_become_method: su']

    test('with the password of root', async () => {
      const env = { PLAYBOOK_BECOME_PASSWORD: rootPassword }
      expect(playbook(projectOf({ become: 'root', vars, env }), run)).toMatchObject({ code: 0, stderr: '' })
      expect(await said()).toEqual(everywhere('root'))
    })

    test('to another user', async () => {
      for (const host of names) await asRoot(host, "echo 'svc:svc alone' | chpasswd")
      const env = { PLAYBOOK_BECOME_PASSWORD: 'svc alone' }
      expect(playbook(projectOf({ become: 'svc', vars, env }), run)).toMatchObject({ code: 0, stderr: '' })
      expect(await said()).toEqual(everywhere('svc'))
    })

    test('with a wrong password: one error a host, and one attempt a host', async () => {
      const marks = await Promise.all(names.map(markJournal))
      const env = { PLAYBOOK_BECOME_PASSWORD: 'this-is-not-it' }
      const { code, stdout } = playbook(projectOf({ become: 'root', vars, env }), run)
      expect({ code, stdout }).toMatchObject({ code: 3 })
      for (const [index, host] of names.entries()) {
        expect(errorsOf(stdout, `${host}: su refused the password to become root`)).toBe(1)
        const attempts = await countInJournal(host, marks[index] ?? '', 'pam_unix.su:auth.: authentication failure')
        expect([host, attempts]).toEqual([host, 1])
      }
    })
  })

  describe('to log in', () => {
    const vars = ['ansible_user: operator', 'ansible_ssh_common_args: -o PubkeyAuthentication=no']

    test('-k asks once', async () => {
      const { code, text, asked } = await onTerminal(projectOf({ vars }), [...run, '-k'], {
        question: 'login password: ',
        answer: operatorPassword(),
      })
      expect({ code, asked, text }).toMatchObject({ code: 0, asked: 1 })
      expect(await said()).toEqual(everywhere('operator'))
    })

    test('the passphrase of a key is asked for once, for all hosts', async () => {
      const key = newKey({ passphrase: 'open sesame' })
      for (const host of names) await asRoot(host, `echo '${publicKey(key)}' > /etc/ssh/authorized_keys/svc`)
      // The lab's own key is not one of theirs.
      const own = ['ansible_user: svc', `ansible_private_key_file: ${key}`]
      const folder = projectOf({ vars: own })
      execFileSync('sed', ['-i', '/ansible_ssh_private_key_file/d', join(folder, 'inventory.yml')])
      const { code, text, asked } = await onTerminal(folder, run, {
        question: 'Passphrase for',
        answer: 'open sesame',
      })
      expect({ code, asked, text }).toMatchObject({ code: 0, asked: 1 })
      expect(text).not.toContain('open sesame')
      expect(await said()).toEqual(everywhere('svc'))
      const unasked = playbook(folder, run)
      expect(unasked).toMatchObject({ code: 3 })
      expect(unasked.stdout).toContain(`${key} is encrypted, and its passphrase is not known`)
      const fromEnvironment = playbook(folder, run, { ...environment, PLAYBOOK_KEY_PASSPHRASE: 'open sesame' })
      expect(fromEnvironment).toMatchObject({ code: 0, stderr: '' })
    })
  })
})
