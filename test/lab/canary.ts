import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A secret for each place in which one can stand; each is found again by a part that nothing else in the world has. */
export interface Canaries {
  /** A new one, in characters that base64 and URLs write differently. */
  make(place: string): string
  /** The places of those that a text holds, also in base64 and quoted for URLs. */
  in(text: string): string[]
}

export function canaries(): Canaries {
  const made = new Map<string, readonly string[]>()
  return {
    make(place) {
      const mark = randomBytes(12).toString('hex')
      made.set(place, [mark, ...base64Forms(mark)])
      return `${place}+/ ${mark}?&=~`
    },
    in: (text) => [...made].filter(([, forms]) => forms.some((form) => text.includes(form))).map(([place]) => place),
  }
}

/** What a text looks like inside base64, which depends on where it begins; without the ends that others have a part in. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((before) =>
    Buffer.from(`${'x'.repeat(before)}${text}`)
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  )
}

/** The text of all files below a folder, with their names. */
export function textBelow(folder: string): string {
  if (!existsSync(folder)) return ''
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${name}\n${readFileSync(join(parentPath, name), 'latin1')}`)
    .join('\n')
}

/** Looks at all processes of this machine, those of the lab's hosts too: their arguments and their environment. */
export function sampleProcesses(): { found(): string; stop(): void } {
  const seen = new Set<string>()
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      for (const name of ['cmdline', 'environ']) seen.add(read(`/proc/${pid}/${name}`))
  }, 100)
  return { found: () => [...seen].join('\n'), stop: () => clearInterval(timer) }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** A text as age encrypts it, and the file with the identity that opens it. */
export function sealedWithAge(text: string, identity: string): Buffer {
  const key = execFileSync('age-keygen', ['-o', identity], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const recipient = /age1\w+/.exec(key + readFileSync(identity, 'utf8'))?.[0] ?? ''
  return execFileSync('age', ['--recipient', recipient], { input: text })
}
