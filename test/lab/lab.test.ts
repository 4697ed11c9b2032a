import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  cutHost,
  freezeHost,
  joinSites,
  killHost,
  labDown,
  labFiles,
  labStatus,
  labUp,
  mendHost,
  splitSites,
  sshCommand,
  thawHost,
  whyNoLab,
} from '../../lab/index.ts'
import { hostDir } from '../../lab/paths.ts'
import { leftovers, routesTo } from './leftovers.ts'
import { describeLab, onConsole, outcomeOf, overSsh } from './support.ts'

const [east, west] = ['east-mirror-1', 'west-mirror-1'] as const
const wanted = { name: 'labtest', hosts: [east, west] }
const { name } = wanted
const minute = 60_000

const marker = '/run/since-boot'
const reachesWest = `ping -c 1 -W 1 ${west} > /dev/null`

beforeAll(async () => {
  // What an earlier run left, if it was interrupted.
  if (!whyNoLab()) await labDown(name)
}, minute)

afterAll(async () => {
  if (!whyNoLab()) await labDown(name)
}, minute)

describeLab('a lab of two hosts', wanted, (lab) => {
  test('root and deploy are root without a password, operator with the lab’s', async () => {
    for (const host of [east, west]) {
      expect(await overSsh(name, host, 'root', 'id -un; hostname')).toMatchObject({ code: 0, stdout: `root\n${host}` })
      expect(await overSsh(name, host, 'deploy', 'sudo -n id -un')).toMatchObject({ code: 0, stdout: 'root' })
      expect(await overSsh(name, host, 'operator', 'sudo -n id -un')).toMatchObject({ code: 1 })
      const withPassword = `sudo -S -p '' id -un`
      const password = readFileSync(lab().files.operatorPassword, 'utf8')
      const sudo = await sshCommand(name, host, 'operator', withPassword)
      expect(outcomeOf(sudo, `${password}\n`)).toMatchObject({ code: 0, stdout: 'root' })
    }
  })

  test('keys and passwords are readable by root alone', () => {
    const { privateKey, operatorPassword } = labFiles(name)
    for (const file of [privateKey, operatorPassword]) expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(hostDir(name, east), '..')).mode & 0o777).toBe(0o700)
  })

  test('each host has host keys of its own', () => {
    const keys = readFileSync(labFiles(name).knownHosts, 'utf8').trim().split('\n')
    expect(new Set(keys.map((line) => line.split(' ')[2])).size).toBe(2)
  })

  test('the east has apt, the west yum, and both install rbd-mirror from the lab’s repository', async () => {
    const apt =
      'command -v yum dnf rpm; apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install rbd-mirror'
    expect(await onConsole(name, east, `{ ${apt}; } > /dev/null; dpkg -s rbd-mirror`)).toMatchObject({ code: 0 })
    const yum = '! command -v apt-get dpkg && yum install -y rbd-mirror > /dev/null && rpm -q rbd-mirror'
    expect(await onConsole(name, west, yum)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^rbd-mirror-16/),
    })
    for (const host of [east, west]) {
      const daemon = 'rbd-mirror --version && id -un ceph && stat -c %U /var/lib/ceph /run/ceph'
      const { code, stdout } = await onConsole(name, host, daemon)
      expect({ code, lines: stdout.split('\n').slice(1) }).toEqual({ code: 0, lines: ['ceph', 'ceph', 'ceph'] })
    }
  })

  test('hosts reach each other by name, and nothing outside', async () => {
    expect(await onConsole(name, east, reachesWest)).toMatchObject({ code: 0 })
    expect((await onConsole(name, east, 'ip route show default')).stdout).toBe('')
  })

  test('a second up leaves running hosts alone', async () => {
    await onConsole(name, east, `touch ${marker}`)
    await labUp(wanted)
    expect(await onConsole(name, east, `test -e ${marker}`)).toMatchObject({ code: 0 })
  })

  test('a host that is cut off keeps running, and is reached again once it is mended', async () => {
    await cutHost(name, west)
    expect(await onConsole(name, east, reachesWest)).toMatchObject({ code: 1 })
    expect((await overSsh(name, west, 'root', 'true')).code).toBe(255)
    expect(await onConsole(name, west, 'systemctl is-active ssh')).toMatchObject({ stdout: 'active' })
    expect((await labStatus(name)).hosts.map(({ cut }) => cut)).toEqual([false, true])
    await mendHost(name, west)
    expect(await onConsole(name, east, reachesWest)).toMatchObject({ code: 0 })
  })

  test('sites that are split cannot reach each other, and the controller reaches both', async () => {
    await splitSites(name)
    expect(await onConsole(name, east, reachesWest)).toMatchObject({ code: 1 })
    for (const host of [east, west]) expect(await overSsh(name, host, 'root', 'true')).toMatchObject({ code: 0 })
    await joinSites(name)
    expect(await onConsole(name, east, reachesWest)).toMatchObject({ code: 0 })
  })

  test('a frozen host keeps its place and answers again when it is thawed', async () => {
    await freezeHost(name, west)
    expect((await labStatus(name)).hosts.map(({ power }) => power)).toEqual(['running', 'frozen'])
    expect((await overSsh(name, west, 'root', 'true')).code).toBe(255)
    await thawHost(name, west)
    expect(await overSsh(name, west, 'root', 'true')).toMatchObject({ code: 0 })
  })

  test('a killed host boots again with its disk', async () => {
    await onConsole(name, east, `touch ${marker} && echo kept > /root/kept`)
    await killHost(name, east)
    expect((await labStatus(name)).hosts.map(({ power }) => power)).toEqual(['off', 'running'])
    await labUp(wanted)
    expect(await overSsh(name, east, 'root', `cat /root/kept; test ! -e ${marker}`)).toMatchObject({
      code: 0,
      stdout: 'kept',
    })
  })

  test('what cannot be is refused, and says why', async () => {
    await expect(labUp({ ...wanted, subnet: '10.1.2.0/24' })).rejects.toThrow(`the lab ${name} is on ${lab().subnet}`)
    await expect(labUp({ ...wanted, hosts: ['west-storage-1'] })).rejects.toThrow('was made without west-storage-1')
    await expect(labUp({ name: 'labtst2', subnet: lab().subnet })).rejects.toThrow(`overlaps ${lab().subnet}`)
    await expect(labUp({ name: 'labtst2', hosts: ['nope'] })).rejects.toThrow('no host nope in the lab')
    await expect(labUp({ name: 'Not-A-Name' })).rejects.toThrow('cannot be a lab')
    await expect(cutHost(name, 'nope')).rejects.toThrow('no host nope in the lab labtest')
    await expect(labStatus('labtst2')).rejects.toThrow('there is no lab labtst2')
  })

  test('down leaves nothing, and up works after it', async () => {
    const { subnet } = lab()
    expect(leftovers(name)).not.toEqual([])
    await labDown(name)
    expect(leftovers(name)).toEqual([])
    expect(routesTo(subnet)).toBe('')
    await labUp({ ...wanted, hosts: [east] })
    await labDown(name)
  })

  test('an up that is killed half-way is finished by the next, and cleaned up by down', async () => {
    const noted = join(hostDir(name, east), 'process')
    await interruptedUp(noted)
    await labUp({ ...wanted, hosts: [east] })
    expect(await overSsh(name, east, 'root', 'true')).toMatchObject({ code: 0 })
    await labDown(name)
    await interruptedUp(noted)
    await labDown(name)
    expect(leftovers(name)).toEqual([])
  })
})

/** Kills a `lab up` of one host as soon as the file is there, which is while the host boots. */
async function interruptedUp(file: string): Promise<void> {
  const jiti = fileURLToPath(new URL('../../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url))
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const up = spawn(process.execPath, [jiti, main, 'lab', 'up', '--name', name, '--hosts', east], { stdio: 'ignore' })
  const ended = new Promise((resolve) => up.once('exit', resolve))
  while (!existsSync(file) && up.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5))
  up.kill('SIGKILL')
  await ended
}
