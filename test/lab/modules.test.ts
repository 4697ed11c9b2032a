import { afterAll, describe, expect, test } from '@jest/globals'
import { labDown, labStatus, labUp, whyNoLab } from '../../lab/index.ts'
import type { Command } from '../../src/core/command.ts'
import { ConnectError } from '../../src/core/errors.ts'
import type { Observation } from '../../src/core/prepared-module.ts'
import { Secret } from '../../src/core/secret.ts'
import type { ModuleCall } from '../../src/core/task.ts'
import {
  aptRepository,
  authorizedKey,
  copy,
  cron,
  directory,
  file,
  getUrl,
  group,
  hostname,
  hostsEntry,
  lineinfile,
  mount,
  packageCache,
  pkg,
  reboot,
  sysctl,
  systemd,
  user,
  wait,
  yumRepository,
} from '../../src/index.ts'
import { comeBack } from '../../src/runner/come-back.ts'
import { applyBy, observeBy } from '../modules/support/local.ts'
import { hostRunner } from './module-host.ts'
import { describeLab } from './support.ts'

const name = 'modules'
const [east, west] = ['east-mirror-1', 'west-mirror-1'] as const
const wanted = { name, hosts: [east, west] }

afterAll(async () => {
  if (!whyNoLab()) await labDown(name)
})

describeLab('general modules on real hosts', wanted, () => {
  describe.each([east, west])('%s', (host) => {
    const run = hostRunner(name, host)

    /** Applied, it changes something; planned again, it changes nothing. */
    async function settles<Output>(call: ModuleCall<Output>): Promise<Observation<Output>> {
      const { first, second } = await applyBy(run, call)
      expect(first.changes).not.toEqual([])
      expect(second.changes.filter(({ counts }) => counts !== false)).toEqual([])
      return second
    }

    async function on(script: string): Promise<string> {
      const { code, stdout, stderr } = await run({ argv: ['sh', '-c', script] })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return stdout.trim()
    }

    test('packages: lists, an old version, the newest, an old one again, none', async () => {
      await applyBy(run, packageCache({ maxAge: 0 }))
      expect((await observeBy(run, packageCache({ maxAge: 600 }))).changes).toEqual([])
      const old = await settles(pkg({ name: ['lab-sample=1.0*'] }))
      expect(old.output?.versions['lab-sample']).toMatch(/^1\.0/)
      const newest = await settles(pkg({ name: 'lab-sample', state: 'latest' }))
      expect(newest.output?.versions['lab-sample']).toMatch(/^2\.0/)
      const older = await settles(pkg({ name: 'lab-sample=1.0*', allowDowngrade: true }))
      expect(older.output?.versions['lab-sample']).toMatch(/^1\.0/)
      await settles(pkg({ name: ['lab-sample', 'rbd-mirror'], state: 'absent' }))
      await expect(applyBy(run, pkg({ name: 'no-such-package' }))).rejects.toThrow('no-such-package')
    })

    if (host === east)
      test('an installation that was cut off is finished first', async () => {
        await on('dpkg --unpack /srv/packages/lab-sample_1.0*.deb >/dev/null')
        expect(await on('dpkg --audit')).toContain('lab-sample')
        const { first, second } = await applyBy(run, pkg({ name: 'lab-sample', updateCache: 'never' }))
        expect(first.changes[0]?.summary).toBe('finish an installation that was cut off')
        expect(second.changes).toEqual([])
        await settles(pkg({ name: 'lab-sample', state: 'absent' }))
      })

    test('a repository: added, used, removed', async () => {
      const lists = { [east]: '/etc/apt/sources.list.d/lab.list', [west]: '/etc/yum.repos.d/lab.repo' }
      await on(`mv ${lists[host]} /root/`)
      const repository =
        host === east
          ? (state: 'present' | 'absent') =>
              aptRepository({ name: 'sample', uris: ['file:/srv/packages'], suites: ['./'], trusted: true, state })
          : (state: 'present' | 'absent') =>
              yumRepository({ name: 'sample', baseurl: 'file:///srv/packages', gpgcheck: false, state })
      await settles(repository('present'))
      await settles(pkg({ name: 'lab-sample' }))
      await settles(pkg({ name: 'lab-sample', state: 'absent' }))
      await settles(repository('absent'))
      await on(`mv /root/lab.* ${lists[host].replace(/[^/]*$/, '')}`)
      await applyBy(run, packageCache({ maxAge: 0 }))
    })

    test('a service: made, started, restarted often, changed, stopped, masked', async () => {
      const unit = (text: string) => copy({ dest: '/etc/systemd/system/sample@.service', content: text })
      const service = (exec: string) =>
        `[Unit]\nStartLimitIntervalSec=1800\nStartLimitBurst=3\n[Service]\nExecStart=${exec}\n[Install]\nWantedBy=multi-user.target\n`
      await settles(unit(service('/bin/sleep infinity')))
      await settles(systemd({ unit: 'sample@a.b', enabled: true, state: 'started', daemonReload: true }))
      for (let count = 0; count < 5; count++) await applyBy(run, systemd({ unit: 'sample@a.b', state: 'restarted' }))
      await settles(unit(service('/bin/sleep 86400')))
      await applyBy(run, systemd({ unit: 'sample@a.b', state: 'restarted' }))
      expect(await on('systemctl show -P ExecStart sample@a.b')).toContain('/bin/sleep 86400')
      await settles(systemd({ unit: 'sample@a.b', enabled: false, state: 'stopped' }))
      await settles(systemd({ unit: 'sample@a.b', masked: true }))
      await settles(systemd({ unit: 'sample@a.b', masked: false }))
    })

    test('a service that does not start: its last words are the error', async () => {
      const text = `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo the key is missing; exit 3'\n`
      await settles(copy({ dest: '/etc/systemd/system/failing.service', content: text }))
      const starting = applyBy(run, systemd({ unit: 'failing', state: 'started', daemonReload: true }))
      await expect(starting).rejects.toHaveProperty('detail', expect.stringContaining('the key is missing'))
      await expect(applyBy(run, systemd({ unit: 'nosuch', state: 'started' }))).rejects.toThrow('nosuch')
    })

    test('users, groups and their keys', async () => {
      const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFxZK1g2cGQKp0pWZ5yQ0n3k0d8aQm1c6X4bS2vT9uLw ops@desk'
      const hash = (await on("openssl passwd -6 'correct horse'")).trim()
      await settles(group({ name: 'storage', gid: 4500 }))
      const made = await settles(
        user({ name: 'ops', uid: 4501, groups: ['storage'], shell: '/bin/sh', password: new Secret(hash) }),
      )
      expect(made.output).toEqual({ uid: 4501, group: 'ops', home: '/home/ops' })
      await settles(user({ name: 'ops', groups: [], comment: 'The operators', shell: '/bin/bash', group: 'storage' }))
      expect(await on('id -Gn ops; getent passwd ops')).toBe(
        'storage\nops:x:4501:4500:The operators:/home/ops:/bin/bash',
      )
      expect(await on('getent shadow ops | cut -d: -f2')).toBe(hash)
      await settles(authorizedKey({ user: 'ops', key }))
      expect(await on('cd ~ops; stat -c "%a %U %G" .ssh .ssh/authorized_keys')).toBe('700 ops storage\n600 ops storage')
      await settles(authorizedKey({ user: 'ops', key, state: 'absent' }))
      await settles(user({ name: 'ops', state: 'absent', remove: true }))
      await settles(group({ name: 'storage', state: 'absent' }))
      expect(await on('ls /home | grep -c ops || :')).toBe('0')
    })

    test('a key is never written where a user’s link leads', async () => {
      await on('useradd -m mallory; mkdir -p /srv/victim; chmod 755 /srv/victim; ln -s /srv/victim ~mallory/.ssh')
      const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFxZK1g2cGQKp0pWZ5yQ0n3k0d8aQm1c6X4bS2vT9uLw x'
      await expect(applyBy(run, authorizedKey({ user: 'mallory', key }))).rejects.toThrow('authorized_keys')
      expect(await on('ls -A /srv/victim; userdel -r mallory 2>/dev/null')).toBe('')
    })

    test('the name of the host, and its entries', async () => {
      await settles(hostname({ name: `${host}-b` }))
      expect(await on('uname -n; cat /etc/hostname')).toBe(`${host}-b\n${host}-b`)
      await settles(hostname({ name: host }))
      await settles(hostsEntry({ address: '10.9.9.9', names: ['nine.example', 'nine'] }))
      expect(await on('getent hosts nine')).toMatch(/^10\.9\.9\.9 +nine\.example nine$/)
      await settles(hostsEntry({ address: '10.9.9.9', state: 'absent' }))
    })

    test('settings of the kernel, mounts, jobs', async () => {
      await settles(sysctl({ name: 'net.ipv4.ip_default_ttl', value: 65 }))
      expect(await on('cat /proc/sys/net/ipv4/ip_default_ttl')).toBe('65')
      await settles(sysctl({ name: 'net.ipv4.ip_default_ttl', value: 64 }))
      await settles(sysctl({ name: 'net.ipv4.ip_default_ttl', state: 'absent' }))
      const data = (opts: string) => mount({ path: '/srv/the data', src: 'none', fstype: 'tmpfs', opts })
      await settles(data('size=1m'))
      await settles(data('size=2m,noexec'))
      expect(await on("findmnt -n -o OPTIONS '/srv/the data'")).toMatch(/noexec.*size=2048k/)
      await settles(mount({ path: '/srv/the data', state: 'unmounted' }))
      await settles(data('size=2m,noexec'))
      await settles(mount({ path: '/srv/the data', state: 'absent' }))
      await settles(cron({ name: 'sample', job: 'true', minute: '*/5', user: 'root' }))
      expect(await on('cat /etc/cron.d/sample')).toBe('*/5 * * * * root true')
      await settles(cron({ name: 'sample', state: 'absent' }))
    })

    test('files with an owner', async () => {
      await on('id -u keeper 2>/dev/null || useradd -r keeper')
      await settles(directory({ path: '/srv/kept/deep', owner: 'keeper', group: 'keeper', mode: '0750' }))
      await settles(copy({ dest: '/srv/kept/deep/a', content: 'a\n', owner: 'keeper' }))
      expect(await on('stat -c "%a %U %G" /srv/kept/deep /srv/kept/deep/a')).toBe(
        '750 keeper keeper\n644 keeper keeper',
      )
      await settles(lineinfile({ path: '/srv/kept/deep/a', line: 'b' }))
      await settles(file({ path: '/srv/kept/deep/a', owner: 'root', group: 'root', mode: '4755' }))
      await settles(directory({ path: '/srv/kept', owner: 'keeper', group: 'keeper', recurse: true }))
      expect(await on('stat -c "%U %G" /srv/kept/deep/a')).toBe('keeper keeper')
      await on('userdel keeper')
      await settles(copy({ dest: '/srv/kept/deep/a', content: 'the owner has no name\n' }))
      expect(await on('stat -c %U /srv/kept/deep/a')).toBe('UNKNOWN')
      await settles(directory({ path: '/srv/kept', state: 'absent' }))
    })

    test('a download, by whatever tool there is, from a server that takes its time', async () => {
      await on('mkdir -p /srv/web && echo hello > /srv/web/a')
      await on('systemd-run -q --unit=web sh -c "sleep 1; exec python3 -m http.server -d /srv/web 8080"')
      await applyBy(run, wait({ port: 8080, deadline: 60 }))
      const checksum = `sha256:${(await on('sha256sum /srv/web/a')).split(' ')[0]}`
      await settles(getUrl({ url: 'http://localhost:8080/a', dest: '/srv/downloaded', checksum }))
      expect(await on('cat /srv/downloaded; systemctl stop web')).toBe('hello')
      await applyBy(run, wait({ port: 8080, gone: true, deadline: 60 }))
    })

    test('restarts, and is waited for', async () => {
      const [change] = (await observeBy(run, reboot({ deadline: 120 }))).changes
      if (!change?.restart) throw new Error('no restart was planned')
      const seen: string[] = []
      const back = comeBack(change.restart, {
        ask: async (proof) => [await reached(host, proof)],
        waiting: (text) => seen.push(text),
        signal: undefined,
      })
      expect((await run(change.command)).code).toBe(0)
      // A host of the lab that reboots stays off; its power button is pressed here.
      while (!(await isOff(host))) await new Promise((resolve) => setTimeout(resolve, 200))
      await labUp(wanted)
      await back
      expect(seen[0]).toBe('it was told to restart')
      expect((await observeBy(run, reboot({}))).changes[0]?.restart?.before).not.toBe(change.restart.before)
    })
  })
})

async function isOff(host: string): Promise<boolean> {
  const { hosts } = await labStatus(name)
  return hosts.some((found) => found.name === host && found.power === 'off')
}

/** ssh ends with 255 when it does not reach a host. */
async function reached(host: string, proof: Command) {
  const result = await hostRunner(name, host)(proof)
  if (result.code !== 255) return result
  throw new ConnectError({ summary: result.stderr, host, address: host, step: 'connect' })
}
