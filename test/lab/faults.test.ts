import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { cutHost, freezeHost, killHost, labDown, labUp, mendHost, thawHost } from '../../lab/index.ts'
import { type FaultRun, faultProject, holds, leftOn, longTask, processesIn, startRun, until } from './fault-runs.ts'
import { describeLab, onConsole } from './support.ts'

const name = 'faults'
const [victim, ...others] = ['east-mirror-1', 'east-mirror-2', 'west-mirror-1'] as const
const lab = { name, hosts: [victim, ...others] }
let marks = 0

/** Seconds that no other sleep of this machine has. */
function newMark(): string {
  return `${40_000 + ++marks}.${process.pid}`
}

const atVictim = (script: string) => onConsole(name, victim, script)

function expectOthersDone(output: string, counts: string): void {
  for (const host of others) expect(output).toMatch(new RegExp(`^${host} +: ${counts}.*unreachable=0 +failed=0`, 'm'))
}

async function gone(mark: string): Promise<void> {
  await until(async () => (await leftOn(name, victim, mark)).length === 0)
}

describeLab('faults', lab, () => {
  // A run of this file that was killed may have left the host frozen or cut off.
  beforeAll(async () => {
    await thawHost(name, victim)
    await mendHost(name, victim)
  })
  afterAll(() => labDown(name))
  beforeEach(() => atVictim('rm -f /run/begun /run/go /run/after'))

  describe('in the middle of a task', () => {
    let mark: string
    let folder: string

    /** A run whose first task is under way on the victim. */
    async function begun(options = '{}', ...args: readonly string[]): Promise<FaultRun> {
      mark = newMark()
      folder = faultProject(name, longTask(victim, mark, options))
      const run = startRun(
        folder,
        '--timeout',
        '3',
        ...(args.includes('--keepalive') ? [] : ['--keepalive', '1']),
        ...args,
      )
      await until(async () => run.child.exitCode !== null || (await holds(name, victim, '[ -e /run/begun ]')))
      return run
    }

    afterEach(async () => {
      await gone(mark)
      expect(processesIn(folder)).toEqual([])
    })

    async function expectLost(run: FaultRun, why: RegExp): Promise<void> {
      const { code, output } = await run.ended
      expect({ code, output }).toMatchObject({ code: 3 })
      expect(output).toMatch(/unreachable: \[east-mirror-1\] Work \(fault\.ts:7\)/)
      expect(output).toMatch(why)
      expect(output).toMatch(/half way/)
      expect(output).toMatch(/try: look at east-mirror-1/)
      expect(output).toMatch(/^east-mirror-1 +: .*unreachable=1 +failed=0/m)
      expectOthersDone(output, 'ok=0 +changed=2')
    }

    test('the connection is cut', async () => {
      const run = await begun()
      await cutHost(name, victim)
      try {
        await expectLost(run, /the connection to east-mirror-1 was lost: it has not answered for 3 s/)
      } finally {
        await mendHost(name, victim)
      }
    })

    test('sshd is killed', async () => {
      const run = await begun()
      await atVictim('pkill -KILL -x sshd')
      await expectLost(run, /the connection to east-mirror-1 was lost/)
      await until(() =>
        holds(name, victim, 'systemctl reset-failed ssh; systemctl restart ssh && ss -ltn | grep -q :22'),
      )
    })

    test('the host is frozen', async () => {
      const run = await begun()
      await freezeHost(name, victim)
      try {
        await expectLost(run, /the connection to east-mirror-1 was lost: it has not answered for 3 s/)
      } finally {
        await thawHost(name, victim)
      }
    })

    test('the host is powered off', async () => {
      const run = await begun()
      await killHost(name, victim)
      try {
        await expectLost(run, /the connection to east-mirror-1 was lost/)
      } finally {
        await labUp(lab)
      }
    })

    test('a command never ends: its task has a timeout', async () => {
      const run = await begun('{ timeout: 2 }')
      const { code, output } = await run.ended
      expect(await leftOn(name, victim, mark)).toEqual([])
      expect({ code, output }).toMatchObject({ code: 4 })
      expect(output).toMatch(/failed: \[east-mirror-1\] Work \(fault\.ts:7\)[\s\S]*timed out after 2 s and was ended/)
      expect(output).toMatch(/half way[\s\S]*try: .*timeout/)
      expectOthersDone(output, 'ok=0 +changed=2')
    })

    test('a command never ends: the run has a limit', async () => {
      const run = await begun('{}', '--time-limit', '5')
      const { code, output } = await run.ended
      expect(await leftOn(name, victim, mark)).toEqual([])
      expect({ code, output }).toMatchObject({ code: 130 })
      expect(output).toMatch(/not done after 5 s and is ended \(--time-limit\)/)
      expect(output).toMatch(/failed: \[east-mirror-1\] Work[\s\S]*was ended before it finished[\s\S]*half way/)
      expectOthersDone(output, 'ok=0 +changed=1')
    })

    test('a host is frozen, and the run has a limit', async () => {
      const run = await begun('{}', '--time-limit', '5', '--keepalive', '1000')
      await freezeHost(name, victim)
      try {
        const { code, output } = await run.ended
        expect({ code, output }).toMatchObject({ code: 130 })
        expect(output).toMatch(/east-mirror-1 does not answer[\s\S]*try: look at/)
      } finally {
        await thawHost(name, victim)
      }
    })

    test('Ctrl-C once: what runs is given time, and nothing else starts', async () => {
      const run = await begun()
      run.child.kill('SIGINT')
      await until(() => run.child.exitCode !== null || run.output().includes('no new task starts'))
      await atVictim('touch /run/go')
      const { code, output } = await run.ended
      expect({ code, output }).toMatchObject({ code: 130 })
      expect(output).toMatch(/^east-mirror-1 +: ok=0 +changed=1 +unreachable=0 +failed=0/m)
      expect(await holds(name, victim, '[ -e /run/after ]')).toBe(false)
    })

    test('Ctrl-C twice: what runs is ended on the host too', async () => {
      const run = await begun()
      run.child.kill('SIGINT')
      await until(() => run.child.exitCode !== null || run.output().includes('no new task starts'))
      run.child.kill('SIGINT')
      const { code, output } = await run.ended
      expect(await leftOn(name, victim, mark)).toEqual([])
      expect({ code, output }).toMatchObject({ code: 130 })
      expect(output).toMatch(/PLAY RECAP[\s\S]*^east-mirror-1 +: .*failed=1/m)
    })

    test('Ctrl-C twice while a host is frozen', async () => {
      const run = await begun('{}', '--keepalive', '1000')
      await freezeHost(name, victim)
      try {
        for (const said of ['no new task starts', 'ending what still runs']) {
          run.child.kill('SIGINT')
          await until(() => run.child.exitCode !== null || run.output().includes(said))
        }
        const { code, output } = await run.ended
        expect({ code, output }).toMatchObject({ code: 130 })
        expect(output).toMatch(/east-mirror-1 does not answer/)
      } finally {
        await thawHost(name, victim)
      }
    })

    test('the controller is killed: nothing goes on on the host', async () => {
      const run = await begun()
      run.child.kill('SIGKILL')
      await run.ended
    })
  })

  describe('before a task', () => {
    test('the host is frozen already', async () => {
      await freezeHost(name, victim)
      try {
        const { code, output } = await startRun(faultProject(name, say), '--timeout', '2').ended
        expect({ code, output }).toMatchObject({ code: 3 })
        expect(output).toMatch(/east-mirror-1: \S+ port 22 took the connection and then said nothing useful for 2 s/)
        expectOthersDone(output, 'ok=0 +changed=1')
      } finally {
        await thawHost(name, victim)
      }
    })

    test('sudo fails', async () => {
      await atVictim('chmod 666 /etc/sudoers')
      try {
        const inventory = (text: string) => text.replace('ansible_user: root', 'ansible_user: deploy')
        const tasks = `task('Say', script({ run: 'id -u' }), { become: true }),`
        const { code, output } = await startRun(faultProject(name, tasks, { inventory })).ended
        expect({ code, output }).toMatchObject({ code: 3 })
        expect(output).toMatch(/unreachable: \[east-mirror-1\] Say/)
        expect(output).toMatch(/east-mirror-1: cannot become root: .*\n.*world writable[\s\S]*try: /)
        expectOthersDone(output, 'ok=0 +changed=1')
      } finally {
        await atVictim('chmod 440 /etc/sudoers')
      }
    })

    test('the login says much that nobody asked for', async () => {
      await atVictim(
        "cp /root/.bashrc /root/.bashrc.kept; (echo 'yes noise | head -c 300000; yes noise | head -c 300000 >&2'; cat /root/.bashrc.kept) >/root/.bashrc",
      )
      try {
        const { code, output } = await startRun(faultProject(name, say)).ended
        expect({ code, output }).toMatchObject({ code: 0 })
        expect(output).not.toMatch(/noise/)
      } finally {
        await atVictim('mv /root/.bashrc.kept /root/.bashrc')
      }
    })

    test('the login never ends', async () => {
      const mark = newMark()
      await atVictim(`cp /root/.bashrc /root/.bashrc.kept; (echo 'yes noise${mark}' >/root/.bashrc)`)
      try {
        const run = startRun(faultProject(name, say))
        const { code, output } = await run.ended
        expect({ code, output }).toMatchObject({ code: 3 })
        expect(output).toMatch(/east-mirror-1: the login did not start a shell in \d+ s[\s\S]*try: .*\.bashrc/)
        expectOthersDone(output, 'ok=0 +changed=1')
        expect(run.memory()).toBeLessThan(300)
        await gone(mark)
      } finally {
        await atVictim('mv /root/.bashrc.kept /root/.bashrc')
      }
    })

    test('what listens there is no sshd', async () => {
      const servers = await Promise.all([
        listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
        listening(() => undefined),
        listening((socket) => socket.destroy()),
        listening((socket) => socket.end(Buffer.alloc(300_000, 0xff))),
      ])
      const names = ['http', 'silent', 'closes', 'binary']
      const more = names.map(
        (host, index) => `        ${host}: { ansible_host: 127.0.0.1, ansible_port: ${portOf(servers[index])} }\n`,
      )
      const inventory = (text: string) => `${text}    more:\n      hosts:\n${more.join('')}`
      const { code, output } = await startRun(faultProject(name, say, { inventory }), '--timeout', '2').ended
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
      expect({ code, output }).toMatchObject({ code: 3 })
      for (const host of names) expect(output).toMatch(new RegExp(`^${host} +: .*unreachable=1`, 'm'))
      expect(output).toMatch(/http: [\s\S]*check that it is an sshd that listens there/)
      expect(output).toMatch(/silent: 127.0.0.1 port \d+ took the connection and then said nothing useful for 2 s/)
      expect(output).toMatch(/closes: 127.0.0.1 port \d+ closed the connection before the login/)
      expectOthersDone(output, 'ok=0 +changed=1')
    })
  })

  test('a job goes on while its host is cut off, and is found again', async () => {
    const shell = 'touch /run/begun; until [ -e /run/go ]; do sleep 0.1; done; echo done; exit 7'
    const tasks = `...(() => {
      const start = task('Start', job({ name: 'fault', shell: '${shell}' }), { when: ({ host }) => host.name === '${victim}' })
      const end = awaitJob('Wait', start, { codes: [7], delay: 1 }, { when: ({ host }) => host.name === '${victim}' })
      return [start, end, task('Tell', debug(({ output }) => ({ message: 'it said ' + output(end).output })), {
        when: ({ host }) => host.name === '${victim}' })]
    })()`
    const folder = faultProject(name, tasks)
    const first = startRun(folder, '--timeout', '3', '--keepalive', '1')
    await until(async () => first.child.exitCode !== null || first.output().includes('waiting: [east-mirror-1]'))
    await cutHost(name, victim)
    try {
      expect(await first.ended).toMatchObject({
        code: 3,
        output: expect.stringMatching(/unreachable: \[east-mirror-1\] Wait/),
      })
      await atVictim('touch /run/go')
    } finally {
      await mendHost(name, victim)
    }
    const { code, output } = await startRun(folder).ended
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(output).toMatch(/TASK \[Start\](?:(?!TASK)[\s\S])*ok: \[east-mirror-1\]/)
    expect(output).toMatch(/it said done/)
    const again = await startRun(folder).ended
    expect(again).toMatchObject({
      code: 0,
      output: expect.stringMatching(/changed: \[east-mirror-1\].*\s+start job fault/),
    })
    expect(await atVictim('ls /run/systemd/transient')).toMatchObject({ stdout: '' })
  })

  describe('a file system', () => {
    const write = `task('Write', copy({ dest: '/mnt/fault/conf', content: 'new '.repeat(50_000) })),`

    async function withMount(options: string, check: (run: FaultRun) => Promise<void>): Promise<void> {
      for (const host of lab.hosts) await onConsole(name, host, 'mkdir -p /mnt/fault')
      await atVictim(`mount -t tmpfs -o size=100k tmpfs /mnt/fault; printf old >/mnt/fault/conf; ${options}`)
      try {
        await check(startRun(faultProject(name, write)))
        expect((await atVictim('cat /mnt/fault/conf; ls -A /mnt/fault')).stdout).toMatch(/^oldconf$/)
      } finally {
        await atVictim('umount /mnt/fault')
        for (const host of lab.hosts) await onConsole(name, host, 'rm -rf /mnt/fault')
      }
    }

    async function expectFailed(run: FaultRun, why: RegExp): Promise<void> {
      const { code, output } = await run.ended
      expect({ code, output }).toMatchObject({ code: 4 })
      expect(output).toMatch(/failed: \[east-mirror-1\] Write \(fault\.ts:7\)/)
      expect(output).toMatch(why)
      expectOthersDone(output, 'ok=0 +changed=1')
    }

    test('is full: the file stays as it was, and no piece of the new one is left', () =>
      withMount('true', (run) => expectFailed(run, /No space left on device[\s\S]*try: .*df/)))

    test('is read-only', () =>
      withMount('mount -o remount,ro /mnt/fault', (run) =>
        expectFailed(run, /Read-only file system[\s\S]*try: .*remount/),
      ))
  })

  describe('output', () => {
    function saying(script: string): string {
      return `task('Talk', script(({ host }) => ({ run: host.name === '${victim}' ? '${script}; exit 7' : 'true' }))),`
    }

    test.each([
      ['200 MB in lines', 'yes this is one line of what it says and there are many | head -c 200000000'],
      ['200 MB without a line', 'head -c 200000000 /dev/zero | tr "\\\\\\\\0" x'],
    ])('of %s is cut, and its end is shown', async (_, script) => {
      const run = startRun(faultProject(name, saying(script)))
      const { code, output } = await run.ended
      expect({ code, output: output.slice(0, 2000) }).toMatchObject({ code: 4 })
      expect(output).toMatch(/failed: \[east-mirror-1\] Talk[\s\S]*exit code 7/)
      expect(output.length).toBeLessThan(30_000)
      expect(run.memory()).toBeLessThan(300)
      expectOthersDone(output, 'ok=0 +changed=1')
    })

    test('that is no text is shown without what a terminal would take for commands', async () => {
      const run = startRun(faultProject(name, saying('head -c 100000 /dev/urandom')), '-v')
      const { code, output } = await run.ended
      expect(code).toBe(4)
      expect(output).toMatch(/failed: \[east-mirror-1\] Talk[\s\S]*exit code 7/)
      expect([...output].filter((character) => character < ' ' && !'\n\t'.includes(character)).length).toBe(0)
      expectOthersDone(output, 'ok=0 +changed=1')
    })
  })
})

const say = `task('Say', script({ run: 'true' })),`

function listening(answer: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume()
      answer(socket)
    })
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

function portOf(server: Server | undefined): number {
  const address = server?.address()
  return typeof address === 'object' && address ? address.port : 0
}
