import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { cmd, sh } from '../../src/core/command.ts'
import { formatDiagnosis } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { createTransport, type HostConnection } from '../../src/transport/index.ts'
import { type Bin, createBin } from './helpers/bin.ts'
import { connectError } from './helpers/errors.ts'
import { commandLines, isRunning, uniqueSleep } from './helpers/processes.ts'
import { startServer, type TestServer } from './helpers/server.ts'

jest.setTimeout(20_000)

const right = 'correct horse'

/**
 * A stand-in for sudo that goes by the same rules: it takes the options that we give, prints the prompt we set within
 * other words, reads one line, and counts its tries in the folder of the script. Its mood is a file beside it.
 */
const sudo = `#!/bin/sh
here=$(dirname "$0")
mood=$(cat "$here/mood")
echo "$mood" >> "$here/calls"
[ "$1 $2 $3" = "-H -S -p" ] || { echo "sudo: usage" >&2; exit 1; }
prompt=$4; shift 4
[ "$1" = -u ] && [ "$3" = -- ] || { echo "sudo: usage" >&2; exit 1; }
user=$2; shift 3
ask() {
  printf '%s' "$1" >&2
  IFS= read -r password || { echo "sudo: no password was provided" >&2; exit 1; }
  echo try >> "$here/tries"
}
case $mood in
  nopasswd) ;;
  password) ask "$prompt" ;;
  rs) ask "[sudo: $prompt] Password: " ;;
  lecture) printf 'We trust you have received the usual lecture.\\n\\n    #1) Respect the password of others.\\n\\n' >&2; ask "$prompt" ;;
  noisy) echo "some banner"; echo "password: " >&2; ask "$prompt" ;;
  sudoers) ask "$prompt"; echo "someone is not in the sudoers file." >&2; exit 1 ;;
  nouser) echo "sudo: unknown user $user" >&2; exit 1 ;;
  tty) [ "$(ps -o tty= -p $$ | tr -d ' ')" != '?' ] || { echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1; } ;;
  hangs) read -r line; exit 1 ;;
esac
case $mood in
  password|rs|lecture|noisy)
    while [ "$password" != "${right}" ]; do echo "Sorry, try again." >&2; ask "$prompt"; done ;;
esac
PLAYING=$user exec "$@"
`

describe('become', () => {
  let bin: Bin
  let server: TestServer
  let connection: HostConnection | undefined

  beforeEach(async () => {
    bin = await createBin({ sudo })
    server = await startServer({ env: bin.env })
  })

  afterEach(async () => {
    await connection?.close()
    connection = undefined
    await server.close()
    await bin.remove()
  })

  const read = (name: string) =>
    existsSync(join(bin.folder, name)) ? readFileSync(join(bin.folder, name), 'utf8') : ''
  const count = (name: string) => read(name).split('\n').length - 1

  async function as(mood: string, user: string, password?: string) {
    writeFileSync(join(bin.folder, 'mood'), mood)
    const ask = async () => (password === undefined ? undefined : new Secret(password))
    connection ??= await createTransport({ becomePassword: ask }).connect(server.host())
    return connection.run([sh('echo "I am $PLAYING"; cat')], { timeout: 5, become: user })
  }

  test.each(['password', 'rs', 'lecture', 'noisy'])('the password is given when it is asked for: %s', async (mood) => {
    expect(await as(mood, 'root', right)).toEqual([{ code: 0, stdout: 'I am root\n', stderr: '' }])
    expect(count('tries')).toBe(1)
  })

  test('the password is not sent where none is asked for', async () => {
    expect(await as('nopasswd', 'root', 'touch /tmp/never')).toEqual([{ code: 0, stdout: 'I am root\n', stderr: '' }])
    expect(count('tries')).toBe(0)
  })

  test('sudo is called once a user, whatever is run', async () => {
    for (let round = 0; round < 3; round++) {
      await as('password', 'root', right)
      await as('password', 'ceph', right)
    }
    expect(count('calls')).toBe(2)
    expect(server.counts).toMatchObject({ connections: 1, channels: 2, requests: 6 })
    expect((await as('password', 'ceph', right))[0]?.stdout).toBe('I am ceph\n')
  })

  test('to become who one is already takes no sudo', async () => {
    expect(await as('nouser', 'someone')).toMatchObject([{ code: 0, stdout: 'I am \n' }])
    expect(count('calls')).toBe(0)
    expect(server.counts.channels).toBe(1)
  })

  test('a wrong password is one clear error, and is never given again', async () => {
    const error = await connectError(as('password', 'root', 'wrong one'))
    expect(error).toMatchObject({ host: 'target', step: 'become' })
    expect(error.message).toBe('target: sudo refused the password to become root')
    expect(formatDiagnosis({ ...error, summary: error.message })).not.toContain('wrong one')
    expect((await connectError(as('password', 'root', 'wrong one'))).message).toBe(error.message)
    expect((await connectError(as('password', 'ceph', 'wrong one'))).step).toBe('become')
    expect(count('tries')).toBe(1)
    expect((await connection?.run([cmd`echo here`], { timeout: 5 }))?.[0]?.stdout).toBe('here\n')
  })

  test('no password known says how to give one', async () => {
    const error = await connectError(as('password', 'root'))
    expect(error.message).toBe('target: sudo wants a password to become root, and none is known')
    expect(error.hint).toMatch(/-K .*ansible_become_password/)
    expect(count('tries')).toBe(0)
  })

  test('a password from the variables is taken before one is asked for', async () => {
    await as('password', 'root', right)
    const other = await createTransport({ becomePassword: async () => new Secret('not this') }).connect(
      server.host({ ansible_become_password: new Secret(right) }),
    )
    expect((await other.run([cmd`true`], { timeout: 5, become: 'root' }))[0]?.code).toBe(0)
    await other.close()
  })

  test.each([
    ['sudoers', 'target: cannot become root: it is not allowed there'],
    ['nouser', 'target: cannot become root: there is no such user'],
  ])('%s', async (mood, message) => {
    const error = await connectError(as(mood, 'root', right))
    expect(error.message).toBe(message)
    expect(error.detail).toMatch(/sudoers|unknown user/)
    expect(error.detail).not.toContain(right)
  })

  test('no sudo there', async () => {
    await server.close()
    const none = await createBin({ sudo: '#!/bin/sh\necho "sh: 1: sudo: not found" >&2; exit 127' })
    server = await startServer({ env: none.env })
    expect((await connectError(as('nopasswd', 'root'))).message).toBe(
      'target: cannot become root: the command for it is not there',
    )
    await none.remove()
  })

  test('where sudo wants a terminal it gets one, and output stays apart', async () => {
    await as('tty', 'root', right)
    const answer = connection?.run([sh('echo out; echo err >&2; exit 3')], { timeout: 5, become: 'root' })
    expect(await answer).toEqual([{ code: 3, stdout: 'out\n', stderr: 'err\n' }])
    expect(count('calls')).toBe(2)
  })

  test('a name of a user that is none is refused before anything is sent', async () => {
    await expect(as('nopasswd', "root'; id #")).rejects.toThrow('not the name of a user')
    expect(count('calls')).toBe(0)
  })

  test('a signal ends the wait for sudo', async () => {
    await as('nopasswd', 'other')
    writeFileSync(join(bin.folder, 'mood'), 'hangs')
    const controller = new AbortController()
    const answer = connection?.run([cmd`true`], { timeout: 5, become: 'root', signal: controller.signal })
    setTimeout(() => controller.abort(), 100)
    expect(await answer).toEqual([])
  })

  test('a password that is given is in no list of processes', async () => {
    const secret = `pass-${uniqueSleep()}`
    const seen: string[] = []
    const sample = setInterval(() => seen.push(...commandLines()), 10)
    await connectError(as('password', 'root', secret))
    clearInterval(sample)
    expect(seen.some((line) => line.includes('sudo -H -S'))).toBe(true)
    expect(isRunning(secret) || seen.some((line) => line.includes(secret))).toBe(false)
  })
})
