import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd, sh } from '../core/command.ts'
import type { FileState } from '../core/files.ts'
import { defineModule } from '../core/module.ts'
import { linesOf, textIn, textOf } from './shared/edit.ts'
import { accountName } from './shared/schema.ts'

const keyLine = z
  .string()
  .regex(/^\s*(\S.*\s)?(ssh-|ecdsa-|sk-)\S+\s+AAAA[\w+/=]+/, 'public keys as in ~/.ssh/*.pub are expected, one a line')

/** Public keys that may log in as a user. */
export const authorizedKey = defineModule({
  name: 'authorizedKey',
  description: "Public keys that may log in as a user, in the user's ~/.ssh/authorized_keys.",
  args: z.strictObject({
    user: accountName,
    key: z
      .union([keyLine, z.array(keyLine).min(1)])
      .describe('one or more, with options before and a comment after it when wanted'),
    state: z.enum(['present', 'absent']).default('present'),
    exclusive: z.boolean().default(false).describe('no other key may log in'),
  }),
  absent: { file: undefined, path: undefined },

  async read({ user }, look): Promise<{ file: FileState | undefined; path: string | undefined }> {
    const entry = await look.text(cmd`getent passwd ${user}`, { absent: [2] })
    if (entry === undefined) return { file: undefined, path: undefined }
    const path = `${entry.split(':')[5]}/.ssh/authorized_keys`
    return { path, file: await look.file(path, { content: true }) }
  },

  *plan({ user, key, state, exclusive }, { file, path = `~${user}/.ssh/authorized_keys` }): Iterable<Change> {
    const before = textIn(path, file)
    const wanted = [key]
      .flat()
      .flatMap(linesOf)
      .map((line) => line.trim())
    const after = state === 'absent' ? without(linesOf(before), wanted) : having(linesOf(before), wanted, exclusive)
    if (textOf(after) === textOf(linesOf(before))) return
    yield change(
      `keys that may log in as ${user}`,
      writeKeys(user, textOf(after)),
      { path, before: file && before, after: textOf(after) },
      { hint: `is there a user ${user}? see the module user` },
    )
  },
})

/** What makes a key the same, whatever options and comment it has. */
function identity(line: string): string | undefined {
  return line.startsWith('#') ? undefined : /(?:ssh-|ecdsa-|sk-)\S+\s+(AAAA[\w+/=]+)/.exec(line)?.[1]
}

function without(lines: readonly string[], keys: readonly string[]): readonly string[] {
  const gone = keys.map(identity)
  return lines.filter((line) => identity(line) === undefined || !gone.includes(identity(line)))
}

function having(lines: readonly string[], keys: readonly string[], exclusive: boolean): readonly string[] {
  if (exclusive) return keys
  const changed = lines.map((line) => keys.find((key) => identity(key) === (identity(line) ?? '')) ?? line)
  return [...changed, ...keys.filter((key) => !lines.some((line) => identity(line) === identity(key)))]
}

/**
 * Written as the user: root does not write where a user could have put a link. sshd ignores the file when others may
 * write to it or to the folder.
 */
function writeKeys(user: string, content: string): Command {
  return { ...sh(asUser, user, writeScript), stdin: content, display: `write ~${user}/.ssh/authorized_keys` }
}

const asUser = `if [ "$(id -un)" = "$1" ]; then exec sh -c "$2"; else exec runuser -u "$1" -- sh -c "$2"; fi`

const writeScript = `set -e
umask 077
HOME=$(getent passwd "$(id -un)" | cut -d: -f6)
mkdir -p "$HOME/.ssh"
cd "$HOME/.ssh"
tmp=$(mktemp .authorized_keys.XXXXXXXX)
trap 'rm -f "$tmp"' EXIT
cat > "$tmp"
chmod 600 "$tmp"
mv -fT "$tmp" authorized_keys`
