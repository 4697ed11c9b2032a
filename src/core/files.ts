import { createHash } from 'node:crypto'
import { type Command, sh } from './command.ts'
import { reveal, type Secret } from './secret.ts'

export interface FileState {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  /** Four octal digits, as in `0640`. */
  readonly mode: string
  /** A name; the number where the host has no name for it. */
  readonly owner: string
  readonly group: string
  readonly size: number
  /** Of a file's content, hexadecimal. */
  readonly sha256?: string
  /** Where a link points to. */
  readonly target?: string
  readonly content?: string
}

/** Reads one path without following a link; ends with 0 and prints nothing when there is nothing. */
export function statCommand(path: string, content = false): Command {
  return { ...sh(statScript, path, content ? 'content' : ''), display: `stat ${path}`, sensitive: content }
}

const statScript = `
[ -e "$1" ] || [ -L "$1" ] || exit 0
stat -c '%F|%a|%U|%G|%s|%u|%g' -- "$1" || exit
if [ -L "$1" ]; then readlink -- "$1"
elif [ -f "$1" ]; then sha256sum < "$1" && { [ -z "$2" ] || base64 -w 0 < "$1"; }
fi`

/** What `statCommand` printed, as a value; undefined when there is nothing at the path. */
export function parseStat(output: string): FileState | undefined {
  const [head, second = '', third] = output.split('\n')
  if (!head) return undefined
  const [kind = '', mode = '', user = '', team = '', size = '0', uid = user, gid = team] = head.split('|')
  const owner = user === 'UNKNOWN' ? uid : user
  const group = team === 'UNKNOWN' ? gid : team
  const common = { mode: mode.padStart(4, '0'), owner, group, size: Number(size) }
  if (kind === 'directory') return { type: 'directory', ...common }
  if (kind === 'symbolic link')
    return { type: 'link', ...common, target: output.slice(head.length + 1).replace(/\n$/, '') }
  if (!kind.startsWith('regular')) return { type: 'other', ...common }
  const content = third === undefined || third === '' ? {} : { content: Buffer.from(third, 'base64').toString() }
  return {
    type: 'file',
    ...common,
    sha256: second.slice(0, 64),
    ...(content.content || size !== '0' ? content : { content: '' }),
  }
}

/** Bytes; what a plan remembers of a longer file is its checksum. */
const largestForeseen = 2 ** 22

/** What a look sees of a file once it was written. */
export function fileWith(
  content: string | Secret,
  attributes: Pick<FileState, 'owner' | 'group' | 'mode'>,
  encoding: 'utf8' | 'base64' = 'utf8',
): FileState {
  const bytes = Buffer.from(reveal(content), encoding)
  return {
    type: 'file',
    ...attributes,
    size: bytes.length,
    sha256: sha256(content, encoding),
    ...(bytes.length <= largestForeseen ? { content: bytes.toString() } : {}),
  }
}

export interface WriteFile {
  readonly path: string
  readonly content: string | Secret
  /** What `content` is: the text itself (default), or the file's bytes in base64. */
  readonly encoding?: 'utf8' | 'base64' | undefined
  readonly owner: string
  readonly group: string
  readonly mode: string
  /** A command that must accept the new file before it takes its place; the word `%s` stands for the file. */
  readonly validate?: readonly string[] | undefined
  /** Keep the old file beside the new one, named after the time. Default false. */
  readonly backup?: boolean | undefined
}

/**
 * Writes a file atomically: a temporary name in the same folder, unreadable for others until owner and mode are set,
 * then renamed. The content travels on standard input. A failure leaves the old file and no temporary one; what a
 * power cut left is removed by the next write.
 */
export function writeFileCommand(file: WriteFile): Command {
  const { path, content, encoding, owner, group, mode, validate = [], backup } = file
  const source = encoding === 'base64' ? writeScript.replace('cat >', 'base64 -d >') : writeScript
  const script = sh(source, path, `${owner}:${group}`, mode, backup ? 'backup' : '', ...validate)
  return { ...script, stdin: content, display: `write ${path}` }
}

const writeScript = `set -e
umask 077
name="$(dirname "$1")/.$(basename "$1").playbook-"
rm -f "$name"????????
tmp=$(mktemp "$name"XXXXXXXX)
trap 'rm -f "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cat > "$tmp"
chown "$2" "$tmp"
chmod "$3" "$tmp"
path=$1 backup=$4
shift 4
for word; do
  shift
  [ "$word" = %s ] && word=$tmp
  set -- "$@" "$word"
done
[ $# = 0 ] || "$@" >&2
[ -z "$backup" ] || [ ! -f "$path" ] || cp -pP "$path" "$path.$(date +%Y%m%dT%H%M%S)~"
mv -fT "$tmp" "$path"`

/** The checksum that `FileState` carries, of a content that is to be written. */
export function sha256(content: string | Secret, encoding: 'utf8' | 'base64' = 'utf8'): string {
  return createHash('sha256')
    .update(Buffer.from(reveal(content), encoding))
    .digest('hex')
}
