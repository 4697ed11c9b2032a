import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { algorithms } from '../../src/transport/algorithms.ts'
import { sortHostKeyAlgorithms } from '../../src/transport/host-key.ts'
import { fingerprint, glob, judge, keyType, knownEntries, parseKnownHosts } from '../../src/transport/known-hosts.ts'
import { random } from './helpers/random.ts'
import { newKeyFile, whyNoSshd } from './helpers/sshd.ts'

/** Of each kind of random file; a connection each, so that 10,000 take 24 minutes. */
const rounds = Number(process.env.KNOWN_HOSTS_ROUNDS ?? 25)
jest.setTimeout(120_000 + rounds * 1000)

const noSshd = whyNoSshd()

/** Pieces of lines; the host that is asked for is `db1.example.com`, and it has the keys `ED` and `RSA`. */
const hosts = [
  'db1.example.com',
  'DB1.Example.Com',
  'db2.example.com',
  '*.example.com',
  'db?.example.com',
  '*',
  '!db2.example.com,*',
]
const markers = ['', '', '', '@revoked ', '@cert-authority ']
const keys = ['ED', 'RSA', 'OTHER', 'OTHER_RSA', 'CA']

const cases: Readonly<Record<string, string>> = {
  'nothing on file': '',
  'its key': 'db1.example.com ED',
  'its key, with a comment': 'db1.example.com ED root@db1 made in 2024',
  'its key, between tabs and spaces': '  db1.example.com\t ED  ',
  'its key without the padding': 'db1.example.com ED-NOPAD',
  'in capitals': 'DB1.EXAMPLE.COM ED',
  'among other names': 'db1,db1.example.com,10.0.0.1 ED',
  'names with a space after the comma': 'db1, db1.example.com ED',
  'the key of another type only': 'db1.example.com RSA',
  'another key': 'db1.example.com OTHER',
  'another key of another type': 'db1.example.com OTHER_RSA',
  'another key and its own': 'db1.example.com OTHER\ndb1.example.com ED',
  'its rsa key and another ed25519 key': 'db1.example.com OTHER\ndb1.example.com RSA',
  wildcard: '*.example.com ED',
  'question mark': 'db?.example.com ED',
  'too many question marks': 'db??.example.com ED',
  negation: '*.example.com,!db1.example.com ED',
  'negation before': '!db1.example.com,*.example.com ED',
  'negation of others': '!db2.example.com,*.example.com ED',
  'negation only': '!db2.example.com ED',
  'revoked for all': 'db1.example.com ED\n@revoked * ED',
  'revoked before': '@revoked * ED\ndb1.example.com ED',
  'revoked for another host': 'db1.example.com ED\n@revoked db2.example.com ED',
  'another key revoked': 'db1.example.com ED\n@revoked * OTHER',
  'revoked only': '@revoked *db1.example.com* ED',
  'a certificate authority only': '@cert-authority *.example.com CA',
  'an authority and its key': '@cert-authority *.example.com CA\ndb1.example.com ED',
  'its key as an authority': '@cert-authority db1.example.com ED',
  'an unknown marker': '@trusted db1.example.com ED',
  comment: '# db1.example.com ED',
  'broken base64': 'db1.example.com ssh-ed25519 AAAA!!!!',
  'base64 cut short': 'db1.example.com ED-CUT',
  'a type that is not that of the key': 'db1.example.com ssh-rsa ED-BODY',
  'no key': 'db1.example.com',
  'ssh 1': 'db1.example.com 1024 35 1234567890',
  'with port 22 in brackets': '[db1.example.com]:22 ED',
  'with a port': '[db1.example.com]:2222 ED',
  'another key with a port': '[db1.example.com]:2222 OTHER',
  'another key with a port, its own without': '[db1.example.com]:2222 OTHER\ndb1.example.com ED',
  'its key with a port, another without': '[db1.example.com]:2222 ED\ndb1.example.com OTHER',
  'its key with a port, revoked without': '[db1.example.com]:2222 ED\n@revoked db1.example.com ED',
  'any port': '[db1.example.com]:* ED',
  'wildcards and port': '[*.example.com]:2222 ED',
  hashed: 'HASH(db1.example.com) ED',
  'hashed, another': 'HASH(db2.example.com) ED',
  'hashed with a port': 'HASH([db1.example.com]:2222) ED',
  'hashed, broken': '|1|xxxx ED',
  'Windows line ends': 'db1.example.com ED\r\n',
  'a null character': 'db1.example.com ED\0',
}

if (noSshd) test(`known_hosts against ssh: not tried, since ${noSshd}`, () => undefined)
else
  describe('known_hosts, as ssh and ssh-keygen read it', () => {
    let folder = ''
    let texts: Record<string, string> = {}
    let shown: { type: string; key: Buffer }[] = []

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'transport-known-'))
      const make = (name: string, type: string) => {
        const file = newKeyFile(join(folder, name), type)
        return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
      }
      texts = { ED: make('ed', 'ed25519'), RSA: make('rsa', 'rsa'), OTHER: make('other', 'ed25519') }
      texts = { ...texts, OTHER_RSA: make('other_rsa', 'rsa'), CA: make('ca', 'ed25519') }
      shown = [texts.ED, texts.RSA].map((text = '') => {
        const [type = '', key = ''] = text.split(' ')
        return { type, key: Buffer.from(key, 'base64') }
      })
      make('user', 'ed25519')
      const config = [`HostKey ${folder}/ed`, `HostKey ${folder}/rsa`, `AuthorizedKeysFile ${folder}/user.pub`]
      writeFileSync(join(folder, 'sshd'), [...config, 'StrictModes no', 'UsePAM no', 'PidFile none', ''].join('\n'))
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    /** A text with the keys that it names. */
    function filled(text: string): string {
      const file = join(folder, 'known_hosts')
      const ed = texts.ED ?? ''
      const hash = (name: string) => {
        writeFileSync(file, `${name} ${ed}\n`)
        spawnSync('ssh-keygen', ['-q', '-H', '-f', file])
        return readFileSync(file, 'utf8').split(' ')[0] ?? ''
      }
      return text
        .replace(/HASH\((.*?)\)/g, (_, name: string) => hash(name))
        .replace(/\bED-NOPAD\b/g, ed.replace(/=+$/, ''))
        .replace(/\bED-CUT\b/g, ed.slice(0, -20))
        .replace(/\bED-BODY\b/g, ed.split(' ')[1] ?? '')
        .replace(/\b(ED|RSA|OTHER|OTHER_RSA|CA)\b(?!-)/g, (name) => texts[name] ?? '')
    }

    function write(text: string): string {
      const file = join(folder, 'known_hosts')
      writeFileSync(file, `${filled(text)}\n`)
      return file
    }

    function bySsh(text: string, port: number, checking: 'yes' | 'accept-new'): boolean {
      const known = write(text)
      const options = {
        ProxyCommand: `/usr/sbin/sshd -i -f ${folder}/sshd`,
        UserKnownHostsFile: known,
        GlobalKnownHostsFile: '/dev/null',
        StrictHostKeyChecking: checking,
        BatchMode: 'yes',
        IdentitiesOnly: 'yes',
        IdentityFile: `${folder}/user`,
        // A host that we give a key of another type must not look for others by itself.
        UpdateHostKeys: 'no',
      }
      const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
      const done = spawnSync('ssh', ['-F', 'none', ...flags, '-p', String(port), 'db1.example.com', 'true'])
      return done.status === 0
    }

    function byUs(text: string, port: number, checking: 'yes' | 'accept-new'): boolean {
      const file = write(text)
      const known = parseKnownHosts(readFileSync(file, 'utf8'), file)
      const hostKeyName = { host: 'db1.example.com', port }
      const wanted = { kex: [], cipher: [], hmac: [], serverHostKey: algorithms('hostkeyalgorithms', undefined) }
      const [best] = sortHostKeyAlgorithms({ algorithms: wanted, hostKeyName, hostKeyOrderFixed: false }, known)
      const key = shown.find(({ type }) => type === (best?.startsWith('rsa') ? 'ssh-rsa' : best)) ?? shown[0]
      const verdict = judge(known, 'db1.example.com', port, key?.key ?? Buffer.alloc(0))
      return verdict.kind === 'ok' || (verdict.kind === 'unknown' && checking === 'accept-new')
    }

    test('a key that is revoked for the name without the port is refused, which ssh does only when it looks there', () => {
      expect(byUs('@revoked db1.example.com ED', 2222, 'accept-new')).toBe(false)
      expect(bySsh('@revoked db1.example.com ED', 2222, 'accept-new')).toBe(true)
    })

    test.each(Object.entries(cases))('%s', (_name, text) => {
      const settings = [22, 2222].flatMap((port) =>
        (['yes', 'accept-new'] as const).map((mode) => [port, mode] as const),
      )
      expect(settings.map(([port, mode]) => [port, mode, byUs(text, port, mode)])).toEqual(
        settings.map(([port, mode]) => [port, mode, bySsh(text, port, mode)]),
      )
    })

    test(`${rounds} files of random lines`, () => {
      const { pick, chance, between } = random(20)
      const names = () => (chance(0.3) ? `[${pick(hosts)}]:2222` : pick(hosts))
      const line = () => `${pick(markers)}${pick([names(), `${names()},${names()}`, names()])} ${pick(keys)}`
      for (let round = 0; round < rounds; round++) {
        const lines = Array.from({ length: between(1, 5) }, line)
        const [text, port] = [lines.join('\n'), pick([22, 2222])]
        expect([text, port, byUs(text, port, 'yes')]).toEqual([text, port, bySsh(text, port, 'yes')])
      }
    })

    test(`${rounds} damaged files: no key is accepted that ssh refuses`, () => {
      const base = Object.values(cases).filter((text) => /\b(ED|RSA)\b/.test(text) && !/HASH/.test(text))
      const { pick, chance, between } = random(21)
      let accepted = 0
      for (let round = 0; round < rounds; round++) {
        const text = filled(`${pick(base)}\n${pick(base)}`)
        const characters = [...text]
        for (let change = between(1, 3); change > 0; change--) {
          const piece = chance(0.5) ? pick([...'*?!|@,[]: \t\n\0=#é']) : pick(['@revoked ', '\n', ' ', 'AAAA', ':2222'])
          characters.splice(between(0, characters.length - 1), between(0, 2), piece)
        }
        const [damaged, port] = [characters.join(''), pick([22, 2222])]
        if (!byUs(damaged, port, 'yes')) continue
        accepted++
        expect([damaged, port, bySsh(damaged, port, 'yes')]).toEqual([damaged, port, true])
      }
      expect(accepted).toBeGreaterThan(rounds / 10)
    })

    test('the lines that speak of a host are those that ssh-keygen -F finds', () => {
      // ssh-keygen looks at names only, ssh also at keys: lines with a damaged key are left out.
      const whole = Object.values(cases).filter((text) => !/CUT|BODY|AAAA|1024|\0/.test(text))
      const file = write(whole.join('\n'))
      const known = parseKnownHosts(readFileSync(file, 'utf8'), file)
      for (const [name, host, port] of [
        ['db1.example.com', 'db1.example.com', 22],
        ['db2.example.com', 'db2.example.com', 22],
        ['[db1.example.com]:2222', 'db1.example.com', 2222],
        ['10.0.0.1', '10.0.0.1', 22],
      ] as const) {
        const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' })
        const found = [...stdout.matchAll(/found: line (\d+)/g)].map(([, line]) => Number(line))
        expect(knownEntries(known, host, port).map(({ line }) => line)).toEqual(found)
      }
    })

    test('fingerprints are those of ssh-keygen -l', () => {
      const { stdout } = spawnSync('ssh-keygen', ['-l', '-f', join(folder, 'ed.pub')], { encoding: 'utf8' })
      expect(stdout).toContain(fingerprint(shown[0]?.key ?? Buffer.alloc(0)))
      expect(keyType(shown[1]?.key ?? Buffer.alloc(0))).toBe('ssh-rsa')
    })
  })

describe('known_hosts on its own', () => {
  test('10,000 files of damaged lines: no crash, no hang, nothing accepted that is not there', () => {
    const key = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36, 7)])
    const good = `@revoked *.org,!a ssh-ed25519 ${key.toString('base64')}\n|1|c2FsdA==|aGFzaA==| ssh-rsa AAAA\n[h]:22 x y\n`
    const stranger = Buffer.from(key).fill(9, 20)
    const { pick, between } = random(1)
    let slowest = 0
    for (let round = 0; round < 10_000; round++) {
      const characters = [...good]
      for (let change = between(1, 8); change > 0; change--)
        characters.splice(
          between(0, characters.length - 1),
          between(0, 3),
          pick([...'*?!|@,[]: \t\n\0é', '*'.repeat(60)]),
        )
      const start = process.cpuUsage()
      const known = parseKnownHosts(characters.join(''), 'file')
      expect(judge(known, pick(['h', 'a.org', '*', `${'x'.repeat(200)}.org`]), 22, stranger).kind).not.toBe('ok')
      slowest = Math.max(slowest, process.cpuUsage(start).user / 1000)
    }
    expect(slowest).toBeLessThan(1000)
  })

  test('a pattern of many stars takes no time', () => {
    const started = Date.now()
    expect(glob('*a'.repeat(500), 'a'.repeat(5000))).toBe(true)
    expect(glob(`${'*a'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false)
    expect(Date.now() - started).toBeLessThan(1000)
  })
})
