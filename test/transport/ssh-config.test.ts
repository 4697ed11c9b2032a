import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, hostname, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { InputError } from '../../src/core/errors.ts'
import { type Preset, resolveSettings } from '../../src/transport/ssh-config/resolve.ts'
import { fillTokens, tokensOf } from '../../src/transport/ssh-config/tokens.ts'
import { random } from './helpers/random.ts'

jest.setTimeout(120_000)

const hosts = ['web1', 'WEB1', 'web2.example.com', 'db.internal', '10.0.0.5', 'bastion']

const compared = [
  'hostname',
  'user',
  'port',
  'hostkeyalias',
  'identityfile',
  'certificatefile',
  'identitiesonly',
  'identityagent',
  'forwardagent',
  'addressfamily',
  'bindaddress',
  'connecttimeout',
  'connectionattempts',
  'serveraliveinterval',
  'serveralivecountmax',
  'stricthostkeychecking',
  'userknownhostsfile',
  'globalknownhostsfile',
  'hashknownhosts',
  'pubkeyauthentication',
  'passwordauthentication',
  'kbdinteractiveauthentication',
  'preferredauthentications',
  'batchmode',
  'proxycommand',
  'proxyjump',
]

/** Files by their path; `config` is the one that is given to ssh. `DIR` is the folder they lie in. */
type Files = Readonly<Record<string, string>>

const cases: Readonly<Record<string, string | Files>> = {
  nothing: '',
  'comments and empty lines': '# Host web1\n\n   # User nobody\n\t\nUser alice # trailing\n',
  'one host': 'Host web1\n  HostName 192.0.2.1\n  User alice\n  Port 2222\n',
  'equals signs': 'Host=web1\nPort=2200\nUser = bob\nHostName= a.example\nIdentityFile =/k1\n',
  'keywords in any case': 'HOST web1\n  PORT 23\n  hOsTnAmE x.example\n',
  quotes: 'Host "web1"\n  IdentityFile "/a path/with spaces"\n  User \'bob\'\n  HostKeyAlias "a\\"b"\n',
  backslashes: 'IdentityFile /a\\ b\nHostKeyAlias a\\\\b\nUser a\\bc\n',
  'quotes inside of a word': 'IdentityFile /a" b "c\nUser al"ic"e\n',
  'a hash inside of a word': 'User a#b\nHostKeyAlias "#x"\n',
  'the first value counts': 'User one\nHost *\n  User two\n  Port 1\nHost web1\n  Port 2\n',
  'specific before general':
    'Host web1\n Port 1\nHost web*\n Port 2\n User w\nHost *\n Port 3\n User all\n ConnectTimeout 5\n',
  'several patterns': 'Host web1 db.* bastion\n  User many\n',
  'question marks': 'Host web?\n  User q\nHost ????????????????\n Port 16\n',
  'negated pattern': 'Host * !web1 !10.*\n  User not\n',
  'negation first': 'Host !web1 *\n  User not\n',
  'negation only': 'Host !web1\n  User never\n',
  'names are told apart by case': 'Host WEB1\n  User loud\nHost web1\n  User quiet\n',
  'match all': 'Match all\n  User everyone\n',
  'match host': 'Match host web*\n  User w\nMatch host *.internal,10.*\n  User i\n',
  'match host, negated': 'Match !host web*\n  User w\n',
  'match host in a list with negation': 'Match host "*,!web1"\n  User w\n',
  'match host sees HostName':
    'Host web1\n  HostName real.example.com\nMatch host real.*\n  User r\nMatch originalhost web1\n  Port 7\n',
  'match user': 'Host web1\n User alice\nMatch user alice\n  Port 1\nMatch user root,bob\n  Port 2\n',
  'match local user': `Match localuser ${userInfo().username}\n  User me\nMatch localuser nobody-like-me\n User other\n`,
  'match of several': 'Match host web1 user alice\n Port 1\nMatch originalhost web* !user bob\n Port 2\n',
  'match in any case': 'match HOST WEB1\n User m\n',
  'match exec': 'Match exec "test %h = web1"\n  User yes\nMatch !exec "test %n = bastion"\n  Port 9\n',
  'match exec after what does not match': 'Match host nothing exec "touch DIR/never"\n  User x\n',
  'match exec with tokens':
    'Match exec "test \'%h %n %p %r %u\' != \'\'"\n User t\nMatch exec "test %% = %%"\n Port 5\n',
  'match final': 'Host web1\n  HostName web1.example.com\nMatch final host *.example.com\n  User finally\n  Port 99\n',
  'match final all': 'User early\nMatch final all\n User late\n Port 4\n',
  'second pass sees the final name in Host':
    'Host web1\n  HostName other.example.com\nHost other.example.com\n  User second\nMatch final all\n  Port 8\n',
  'match canonical': 'Match canonical\n User c\nMatch canonical all\n Port 3\n',
  'match canonical in the second pass': 'Match final host none\n Port 2\nMatch canonical host web*\n User c\n',
  'hostname with a token': 'Host web1 bastion\n  HostName %h.example.com\nHost db.internal\n HostName 100%%.x\n',
  'hostname in capitals': 'Host web1\n HostName WEB.Example.COM\n',
  'identity files add up':
    'Host web1\n  IdentityFile ~/.ssh/one\nHost *\n  IdentityFile ~/.ssh/two\n  IdentityFile ~/.ssh/one\n',
  'identity files with tokens': 'IdentityFile ~/.ssh/%r@%h:%p\nIdentityFile %d/%n\nIdentitiesOnly yes\n',
  'identity file none': 'Host web1\n  IdentityFile none\n',
  'identity agent':
    'Host web1\n  IdentityAgent /run/agent.sock\nHost bastion\n  IdentityAgent none\nHost *\n  IdentityAgent SSH_AUTH_SOCK\n',
  certificates: 'CertificateFile ~/.ssh/a-cert.pub\nHost web1\n  CertificateFile ~/.ssh/b-cert.pub\n',
  'proxy jump': 'Host web*\n  ProxyJump bastion # the gate\n',
  'proxy jump in full':
    'Host web1\n  ProxyJump alice@gate.example.com:2222\nHost db.internal\n ProxyJump bob@[2001:db8::1]:22\nHost bastion\n ProxyJump ssh://carol@gate2:23\n',
  'proxy jump chain': 'Host web1\n  ProxyJump a@one:1,two,c@three:3\n',
  'proxy jump none': 'Host web1\n  ProxyJump none\nHost *\n  ProxyJump gate\n',
  'proxy command': 'Host web1\n  ProxyCommand ssh -W "%h:%p" gate # not a comment\n',
  'proxy command none': 'Host web1\n  ProxyCommand none\nHost *\n  ProxyCommand nc %h %p\n',
  'the first of jump and command':
    'Host web1\n  ProxyCommand nc %h %p\nHost *\n  ProxyJump gate\nHost *\n ProxyCommand other\n',
  'jump before command': 'ProxyJump gate\nProxyCommand nc %h %p\n',
  times:
    'Host web1\n ConnectTimeout 90\n ServerAliveInterval 1m30s\nHost bastion\n ConnectTimeout 2M\nHost *\n ConnectTimeout none\n',
  alive: 'ServerAliveInterval 30\nServerAliveCountMax 7\nConnectionAttempts 4\n',
  'strict yes':
    'Host web1\n StrictHostKeyChecking yes\nHost web2*\n StrictHostKeyChecking no\nHost db*\n StrictHostKeyChecking accept-new\nHost 10*\n StrictHostKeyChecking off\n',
  'known hosts files':
    'Host web1\n  UserKnownHostsFile ~/.ssh/known_%h /tmp/%n_hosts\nHost db*\n UserKnownHostsFile /dev/null\nGlobalKnownHostsFile /etc/a /etc/b\n',
  'known hosts none': 'UserKnownHostsFile none\n',
  'host key alias': 'HostKeyAlias the-one\nUserKnownHostsFile /tmp/%k\n',
  flags:
    'PasswordAuthentication no\nKbdInteractiveAuthentication no\nPubkeyAuthentication yes\nHashKnownHosts true\nIdentitiesOnly false\n',
  'old names': 'ChallengeResponseAuthentication no\nIdentityFile2 /old\n',
  authentications: 'PreferredAuthentications publickey,password\n',
  'address family': 'Host web1\n AddressFamily inet6\nHost db*\n AddressFamily inet\nBindAddress 127.0.0.1\n',
  'forward agent':
    'Host web1\n ForwardAgent yes\nHost bastion\n ForwardAgent /run/x.sock\nHost db*\n ForwardAgent no\n',
  'unused options':
    'SendEnv LANG LC_*\nControlMaster auto\nControlPath /tmp/%C\nControlPersist 60s\nLocalForward 8080 localhost:80\nLogLevel ERROR\nVisualHostKey no\n',
  'ignore unknown': 'IgnoreUnknown FancyOption,Use*\nFancyOption yes\nUseKeychain yes\nUser me\n',
  'Windows line ends': 'Host web1\r\n  User win\r\n  Port 24\r\n',
  tabs: '\tHost\tweb1\n\t\tUser\ttab\n',
  'no last line end': 'Host web1\n  User end',
  include: { config: 'Include DIR/sub\nPort 1\n', sub: 'User included\nPort 2\n' },
  'include with a pattern': {
    config: 'Include DIR/d/*.conf\n',
    'd/b.conf': 'User b\n',
    'd/a.conf': 'User a\n',
    'd/c': 'User c\n',
    'd/.h.conf': 'User h\n',
  },
  'include with brackets': {
    config: 'Include DIR/d/[!b]?.conf DIR/x[12]\n',
    'd/a1.conf': 'User a\n',
    'd/b1.conf': 'Port 5\n',
    x2: 'Port 6\n',
  },
  'include inside of a block': {
    config: 'Host web1\n  Include DIR/sub\nHost *\n Port 5\n',
    sub: 'User inside\nHost bastion\n Port 6\nHost *\n Port 7\n',
  },
  'include does not leak its block': { config: 'Include DIR/sub\nUser outside\n', sub: 'Host nothing\n Port 1\n' },
  'include in include': { config: 'Include DIR/a\n', a: 'Include DIR/b\nPort 1\n', b: 'User deep\n' },
  'include of what is not there': 'Include DIR/nothing DIR/none/*\nUser here\n',
  'match inside of an include': {
    config: 'Host web1\n Include DIR/sub\n',
    sub: 'Match host web1\n User m\nMatch all\n Port 3\n',
  },
  'an old hand':
    'Host bastion\n  HostName bastion.example.com\n  User jump\n  IdentityFile ~/.ssh/jump\n\nHost web* db.*\n  ProxyJump bastion\n  User deploy\n\nHost *\n  ServerAliveInterval 60\n  IdentitiesOnly yes\n  StrictHostKeyChecking accept-new\n',
}

const refused: Readonly<Record<string, string>> = {
  'an unknown option': 'User a\nFancyOption yes\n',
  'no value': 'Host web1\n  User\n',
  'a bad port': 'Port many\n',
  'port 0': 'Port 0\n',
  'a bad number': 'ServerAliveCountMax x\n',
  'a bad time': 'ConnectTimeout soon\n',
  'a bad choice': 'StrictHostKeyChecking maybe\n',
  'a flag that is none': 'IdentitiesOnly perhaps\n',
  'two values': 'User a b\n',
  'an open quote': 'User "a\n',
  'a fault in a block that does not apply': 'Host nothing\n  Port x\n',
  'a bad match': 'Match colour red\n',
  'match without conditions': 'Match # none\n',
  'match without value': 'Match host\n',
  'match all and more': 'Match all host a\n',
  'a bad jump host': 'ProxyJump a,,b\n',
  'an unset variable': `Include $${'{NOT_SET_ANYWHERE}'}/x\nFancy no\n`,
}

describe('ssh_config', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'transport-config-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const local = {
    user: userInfo().username,
    uid: userInfo().uid,
    home: homedir(),
    hostname: hostname(),
    env: process.env,
  }

  function write(content: string | Files, name: string): string {
    const dir = join(folder, name.replace(/\W+/g, '-'))
    const files = typeof content === 'string' ? { config: content } : content
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text.replaceAll('DIR', dir), { mode: 0o600 })
    }
    return join(dir, 'config')
  }

  function bySsh(config: string, host: string): Map<string, readonly string[]> | undefined {
    const { status, stdout } = spawnSync('ssh', ['-G', '-F', config, host], { encoding: 'utf8' })
    if (status !== 0) return undefined
    const values = new Map<string, readonly string[]>()
    for (const line of stdout.trim().split('\n')) {
      const [, keyword = '', value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? []
      values.set(keyword, [...(values.get(keyword) ?? []), value])
    }
    return values
  }

  /** Our values in the words of `ssh -G`, which prints some lists as one line and fills tokens into some. */
  async function byUs(config: string, host: string, untouched: ReadonlyMap<string, readonly string[]>) {
    const settings = await resolveSettings(host, { sources: [{ path: config, kind: 'user' }], presets: [], local })
    const first = (keyword: string) => settings.get(keyword)?.[0]
    const tokens = tokensOf({
      host: first('hostname') ?? '',
      original: host,
      port: first('port') ?? '22',
      user: first('user') ?? local.user,
      hostKeyAlias: first('hostkeyalias'),
      jumpHost: '',
      local,
    })
    const filled = (path: string) => fillTokens(path.replace(/^~(?=\/)/, local.home), tokens)
    return Object.fromEntries(
      compared.map((keyword) => {
        const values = settings.get(keyword)
        if (keyword === 'userknownhostsfile' && values) return [keyword, [values.map(filled).join(' ')]]
        if (keyword === 'globalknownhostsfile' && values) return [keyword, [values.join(' ')]]
        if (keyword.startsWith('proxy') && values?.[0] === 'none') return [keyword, undefined]
        return [keyword, values ?? untouched.get(keyword)]
      }),
    )
  }

  const names = Object.keys(cases)
  test.each(names)('as ssh -G: %s', async (name) => {
    const config = write(cases[name] ?? '', name)
    for (const host of hosts) {
      const expected = bySsh(config, host)
      const untouched = bySsh('/dev/null', host) ?? new Map()
      expect([host, await byUs(config, host, untouched)]).toEqual([
        host,
        Object.fromEntries(compared.map((keyword) => [keyword, expected?.get(keyword)])),
      ])
    }
  })

  test.each(Object.keys(refused))('refused, as by ssh: %s', async (name) => {
    const config = write(refused[name] ?? '', name)
    expect(bySsh(config, 'web1')).toBeUndefined()
    const error = await resolveSettings('web1', {
      sources: [{ path: config, kind: 'user' }],
      presets: [],
      local,
    }).catch((reason) => reason)
    expect(error).toBeInstanceOf(InputError)
    expect(error.location.file).toBe(config)
    expect(error.location.line).toBe(
      (refused[name] ?? '').trim().split('\n').length - (name.includes('variable') ? 1 : 0),
    )
  })

  test('a condition that runs a command does so only when all before it held', () => {
    expect(spawnSync('find', [folder, '-name', 'never'], { encoding: 'utf8' }).stdout).toBe('')
  })

  test('options come before files', async () => {
    const config = write('User file\nPort 1\n', 'presets')
    const settings = await resolveSettings('web1', {
      sources: [{ path: config, kind: 'user' }],
      presets: presetsOf('User preset\nMatch user preset\nIdentityFile /x'),
      local,
    })
    expect(Object.fromEntries(settings)).toMatchObject({ user: ['preset'], port: ['1'], identityfile: ['/x'] })
  })

  test('a file that others can write to is refused', async () => {
    const config = write('User a\n', 'open')
    chmodSync(config, 0o666)
    const answer = resolveSettings('web1', { sources: [{ path: config, kind: 'user' }], presets: [], local })
    await expect(answer).rejects.toThrow('others can write to it')
  })

  test('10,000 damaged files: an answer or an InputError, each in less than a second', async () => {
    const base = Object.values(cases).filter((text): text is string => typeof text === 'string' && !/exec/i.test(text))
    const { pick, between } = random(3)
    let [read, slowest] = [0, 0]
    while (read < 10_000) {
      const characters = [...pick(base), ...pick(base)]
      for (let change = between(1, 10); change > 0; change--)
        characters.splice(
          between(0, characters.length),
          between(0, 4),
          pick([...'"\'\\=#!*?,%{}$~\n\t \0é', 'Host ', 'Match ']),
        )
      // Those would read other files, or run what chance has written.
      if (/include|exec/i.test(characters.join(''))) continue
      read++
      const presets = presetsOf(characters.join(''))
      const start = process.cpuUsage()
      await resolveSettings(pick(hosts), { sources: [], presets, local }).catch((error) => {
        if (!(error instanceof InputError)) throw error
      })
      slowest = Math.max(slowest, process.cpuUsage(start).user / 1000)
    }
    expect(slowest).toBeLessThan(1000)
  })
})

/** Lines as options for ssh. */
function presetsOf(text: string): readonly Preset[] {
  return text.split('\n').map((line) => ({ text: line, source: 'options', location: undefined }))
}
