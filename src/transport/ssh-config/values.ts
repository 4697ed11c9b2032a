import { Fault } from './fault.ts'
import { parseHop } from './hop.ts'
import type { ConfigLine } from './lines.ts'
import { fillTokens } from './tokens.ts'

/** How the values of a keyword add up: the first line counts, or all do. */
export interface Keyword {
  readonly many: boolean
  /** The values in the form in which `ssh -G` prints them. Throws a Fault. */
  read(line: ConfigLine): readonly string[]
}

/** A keyword with one word. */
const single = (convert: (word: string) => string): Keyword => ({
  many: false,
  read({ words, keyword }) {
    const [word, ...more] = words
    if (word === undefined || word === '') throw new Fault(`there is no value after "${keyword}"`)
    if (more.length > 0) throw new Fault(`"${keyword}" takes one value, and here are ${words.length}`)
    return [convert(word)]
  },
})

const text = single((word) => word)

const choice = (choices: Readonly<Record<string, string>>) =>
  single((word) => {
    const value = choices[word.toLowerCase()]
    if (value === undefined) throw new Fault(`"${word}" is none of ${Object.keys(choices).join(', ')}`)
    return value
  })

const yesOrNo = { true: 'yes', yes: 'yes', false: 'no', no: 'no' }

const integer = single((word) => {
  if (!/^-?\d+$/.test(word)) throw new Fault(`"${word}" is not a number`)
  return String(Number(word))
})

const port = single((word) => {
  const value = Number(word)
  if (!/^\d+$/.test(word) || value < 1 || value > 65535) throw new Fault(`"${word}" is not a port`)
  return String(value)
})

const secondsOf: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

/** `30`, `5m`, `1h30m`, `none`. */
const time = single((word) => {
  if (word === 'none') return 'none'
  if (!/^(\d+[smhdw]?)+$/i.test(word)) throw new Fault(`"${word}" is not a time`)
  const parts = [...word.matchAll(/(\d+)([smhdw]?)/gi)]
  return String(
    parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (secondsOf[unit.toLowerCase()] ?? 1), 0),
  )
})

const list: Keyword = {
  many: false,
  read({ words, keyword }) {
    if (words.length === 0 || words.includes('')) throw new Fault(`there is no value after "${keyword}"`)
    if (words.length > 1 && words[0]?.toLowerCase() === 'none') throw new Fault('"none" must stand alone')
    return words
  },
}

const collected: Keyword = { ...text, many: true }

/** The rest of the line, as it stands: a shell reads it later. */
const command: Keyword = { many: false, read: ({ rest }) => [rest.replace(/^[ \t=]+/, '')] }

const jump: Keyword = {
  many: false,
  read({ rest }) {
    const value = rest.replace(/#.*/, '').trim()
    if (value.toLowerCase() === 'none') return ['none']
    const bad = value.split(',').find((hop) => parseHop(hop) === undefined)
    if (bad !== undefined) throw new Fault(`"${bad}" is not a jump host (user@host:port)`)
    // As ssh -G prints it.
    return [value.replace(/(^|,)ssh:\/\/([^,]*?)\/?$/, '$1$2')]
  },
}

/** What we act upon. */
export const keywords: Readonly<Record<string, Keyword>> = {
  hostname: single((word) => {
    fillTokens(word, { '%': '%', h: 'h' })
    return word
  }),
  user: text,
  port,
  hostkeyalias: text,
  identityfile: collected,
  certificatefile: collected,
  identitiesonly: choice(yesOrNo),
  identityagent: text,
  forwardagent: single((word) => yesOrNo[word.toLowerCase() as keyof typeof yesOrNo] ?? word),
  addressfamily: choice({ any: 'any', inet: 'inet', inet6: 'inet6' }),
  bindaddress: text,
  connecttimeout: time,
  connectionattempts: integer,
  serveraliveinterval: time,
  serveralivecountmax: integer,
  stricthostkeychecking: choice({
    true: 'true',
    yes: 'true',
    false: 'false',
    no: 'false',
    off: 'false',
    ask: 'ask',
    'accept-new': 'accept-new',
  }),
  userknownhostsfile: list,
  globalknownhostsfile: list,
  hashknownhosts: choice(yesOrNo),
  pubkeyauthentication: choice({
    true: 'true',
    yes: 'true',
    false: 'false',
    no: 'false',
    unbound: 'unbound',
    'host-bound': 'host-bound',
  }),
  passwordauthentication: choice(yesOrNo),
  kbdinteractiveauthentication: choice(yesOrNo),
  preferredauthentications: text,
  batchmode: choice(yesOrNo),
  canonicalizehostname: choice({ ...yesOrNo, always: 'always', none: 'none' }),
  ciphers: text,
  macs: text,
  kexalgorithms: text,
  hostkeyalgorithms: text,
  proxycommand: command,
  proxyjump: jump,
  ignoreunknown: text,
  tag: text,
}

/** Other spellings. */
export const aliases: Readonly<Record<string, string>> = {
  identityfile2: 'identityfile',
  dsaauthentication: 'pubkeyauthentication',
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  tisauthentication: 'kbdinteractiveauthentication',
}

/** What OpenSSH knows as well and has no meaning here (or none any more): terminals, forwardings, shared sockets. */
export const unused: ReadonlySet<string> = new Set(
  `addkeystoagent afstokenpassing bindinterface canonicaldomains canonicalizefallbacklocal canonicalizemaxdots
  canonicalizepermittedcnames casignaturealgorithms channeltimeout checkhostip cipher clearallforwardings compression
  compressionlevel controlmaster controlpath controlpersist dynamicforward enableescapecommandline enablesshkeysign
  escapechar exitonforwardfailure fallbacktorsh fingerprinthash forkafterauthentication forwardx11 forwardx11timeout
  forwardx11trusted gatewayports globalknownhostsfile2 gssapiauthentication gssapidelegatecredentials
  gssapiclientidentity gssapikeyexchange gssapikexalgorithms gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns
  hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes ipqos kbdinteractivedevices
  keepalive kerberosauthentication kerberostgtpassing knownhostscommand localcommand localforward loglevel logverbose
  nohostauthenticationforlocalhost numberofpasswordprompts obscurekeystroketiming permitlocalcommand permitremoteopen
  pkcs11provider protocol proxyusefdpass pubkeyacceptedalgorithms pubkeyacceptedkeytypes refuseconnection rekeylimit
  remotecommand remoteforward requesttty requiredrsasize revokedhostkeys rhostsauthentication rhostsrsaauthentication
  rsaauthentication securitykeyprovider sendenv sessiontype setenv smartcarddevice stdinnull streamlocalbindmask
  streamlocalbindunlink syslogfacility tcpkeepalive tunnel tunneldevice updatehostkeys useprivilegedport
  userknownhostsfile2 useroaming usersh verifyhostkeydns versionaddendum visualhostkey warnweakcrypto xauthlocation
  `.split(/\s+/),
)
