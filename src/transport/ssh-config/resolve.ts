import { spawn } from 'node:child_process'
import { isIP } from 'node:net'
import { isAbsolute, join } from 'node:path'
import { type Diagnosis, InputError } from '../../core/errors.ts'
import type { Location } from '../../core/location.ts'
import { Fault } from './fault.ts'
import { findFiles, readConfig } from './files.ts'
import { type ConfigLine, readLine } from './lines.ts'
import { type MatchSubject, matchConditions, matchHost } from './match.ts'
import { fillEnvironment, fillTokens, type Local, tokensOf } from './tokens.ts'
import { aliases, keywords, unused } from './values.ts'

/** A configuration file to begin with; one of the user's may use `~`, and has its relative names in `~/.ssh`. */
export interface ConfigSource {
  readonly path: string
  readonly kind: 'user' | 'system'
}

export interface ResolveOptions {
  readonly sources: readonly ConfigSource[]
  /** They come before all files, as options of the command line do. */
  readonly presets: readonly Preset[]
  readonly local: Local
}

/** A line of configuration that stands in no file. */
export interface Preset {
  readonly text: string
  /** Whose it is, for errors: `host web1: ansible_ssh_common_args`. */
  readonly source: string
  /** Where that is set. */
  readonly location: Location | undefined
}

/** Values by keyword, as `ssh -G` prints them; what is not set is not there. */
export type Settings = ReadonlyMap<string, readonly string[]>

/**
 * What OpenSSH's client configuration says about a host (ssh_config(5)): the first value counts, `IdentityFile` and
 * `CertificateFile` add up; `Host`, `Match`, `Include`; a second pass when a `Match final` asks for one.
 *
 * Names are not made canonical (`CanonicalizeHostname` only brings the second pass about).
 *
 * @throws InputError with file and line for what OpenSSH refuses, too.
 */
export async function resolveSettings(original: string, options: ResolveOptions): Promise<Settings> {
  const pass: Pass = {
    original,
    local: options.local,
    settings: new Map(),
    host: original,
    final: false,
    wantsFinal: false,
  }
  const preset: Scope = { kind: 'user', never: false, active: true, depth: 0 }
  for (const line of options.presets) await readPreset(pass, line, preset)
  await readSources(pass, options.sources)
  const name = hostname(pass)
  pass.settings.set('hostname', [name])
  const canonicalize = pass.settings.get('canonicalizehostname')?.[0] ?? 'no'
  if (pass.wantsFinal || !['no', 'none'].includes(canonicalize)) {
    pass.final = true
    pass.host = name
    await readSources(pass, options.sources)
  }
  return pass.settings
}

/** What is known so far. */
interface Pass {
  readonly original: string
  readonly local: Local
  readonly settings: Map<string, readonly string[]>
  /** What `Host` is held against. */
  host: string
  final: boolean
  wantsFinal: boolean
}

/** Where a line stands. */
interface Scope {
  readonly kind: ConfigSource['kind']
  /** In an include that does not apply: read for its faults only. */
  readonly never: boolean
  readonly depth: number
  /** In a block that applies. */
  active: boolean
}

/** OpenSSH's own limit. */
const deepest = 16

async function readSources(pass: Pass, sources: readonly ConfigSource[]): Promise<void> {
  for (const { path, kind } of sources) await readFileInto(pass, path, { kind, never: false, depth: 0, active: true })
}

async function readFileInto(pass: Pass, path: string, scope: Scope): Promise<void> {
  const text = await readConfig(path, scope.kind === 'user' || scope.depth > 0)
  if (text !== undefined) await readText(pass, text, path, scope)
}

async function readPreset(pass: Pass, { text, source, location }: Preset, scope: Scope): Promise<void> {
  await readLineInto(pass, text, scope, (reason) => ({ summary: `${source}: ${reason}`, location }))
}

async function readText(pass: Pass, text: string, file: string, scope: Scope): Promise<void> {
  for (const [index, content] of text.split('\n').entries()) {
    const location = { file, line: index + 1 }
    await readLineInto(pass, content, scope, (reason) => ({ summary: `ssh configuration: ${reason}`, location }))
  }
}

async function readLineInto(
  pass: Pass,
  content: string,
  scope: Scope,
  explain: (reason: string) => Diagnosis,
): Promise<void> {
  try {
    const line = readLine(content)
    if (line) await obey(pass, line, scope)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new InputError({ ...explain(error.message), detail: content.trim() })
  }
}

async function obey(pass: Pass, line: ConfigLine, scope: Scope): Promise<void> {
  const keyword = aliases[line.keyword] ?? line.keyword
  if (keyword === 'host') scope.active = matchHost(filledWords(line), pass.host) && !scope.never
  else if (keyword === 'match') {
    const { matches, wantsFinal } = await matchConditions(line.words, subjectOf(pass))
    pass.wantsFinal ||= wantsFinal
    scope.active = matches && !scope.never
  } else if (keyword === 'include') await include(pass, filledWords(line), scope)
  else set(pass, line, keyword, scope.active)
}

function filledWords({ words, keyword }: ConfigLine): readonly string[] {
  if (words.includes('')) throw new Fault(`a word after "${keyword}" is empty`)
  return words
}

function set({ settings }: Pass, line: ConfigLine, keyword: string, active: boolean): void {
  const known = keywords[keyword]
  if (!known) {
    const ignored = (settings.get('ignoreunknown')?.[0] ?? '').toLowerCase().split(',')
    if (!unused.has(keyword) && !matchHost(ignored, keyword)) throw new Fault(`there is no option "${line.keyword}"`)
    return
  }
  const values = known.read(line)
  const have = settings.get(keyword)
  if (!active) return
  if (known.many) settings.set(keyword, [...new Set([...(have ?? []), ...values])])
  else if (!have && !excluded(settings, keyword)) settings.set(keyword, values)
}

/** ProxyJump and ProxyCommand exclude each other: the first of them counts. */
function excluded(settings: Settings, keyword: string): boolean {
  return (
    (keyword === 'proxyjump' && settings.has('proxycommand')) ||
    (keyword === 'proxycommand' && settings.has('proxyjump'))
  )
}

async function include(pass: Pass, words: readonly string[], scope: Scope): Promise<void> {
  if (scope.depth >= deepest) throw new Fault('files include each other too deeply')
  for (const word of words)
    for (const path of await findFiles(anchored(word, pass.local, scope.kind)))
      await readFileInto(pass, path, { ...scope, depth: scope.depth + 1, never: !scope.active })
}

function anchored(word: string, { env, home }: Local, kind: ConfigSource['kind']): string {
  const path = fillEnvironment(word, env)
  if (isAbsolute(path)) return path
  if (!path.startsWith('~')) return join(kind === 'user' ? join(home, '.ssh') : '/etc/ssh', path)
  if (kind === 'system') throw new Fault(`"${word}": a file of the system cannot include from a home`)
  if (path !== '~' && !path.startsWith('~/')) throw new Fault(`"${word}": only one's own home is known here`)
  return join(home, path.slice(1))
}

function subjectOf(pass: Pass): MatchSubject {
  const { settings, original, local, final } = pass
  const first = (keyword: string) => settings.get(keyword)?.[0]
  const user = first('user') ?? local.user
  const host = final ? pass.host : hostname(pass, false)
  const tokens = tokensOf({
    host,
    original,
    user,
    port: first('port') ?? '22',
    hostKeyAlias: first('hostkeyalias'),
    jumpHost: '',
    local,
  })
  return { host, original, user, localUser: local.user, tag: first('tag') ?? '', final, tokens, execute }
}

function hostname({ settings, original }: Pass, lower = true): string {
  const name = fillTokens(settings.get('hostname')?.[0] ?? '%h', { '%': '%', h: original })
  return lower && !isIP(name) ? name.toLowerCase() : name
}

/** By the user's shell, as for OpenSSH; what it prints is lost. */
function execute(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.env.SHELL || '/bin/sh', ['-c', command], { stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}
