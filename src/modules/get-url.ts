import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, sh } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { Secret } from '../core/secret.ts'
import { attributeArguments, attributeChanges } from './shared/attributes.ts'
import { hostPath, seconds } from './shared/schema.ts'

/** A file that the host downloads, and that is checked before it takes its place. */
export const getUrl = defineModule({
  name: 'getUrl',
  description: 'A file that the host downloads; its checksum is looked at before it takes its place.',
  args: z.strictObject({
    url: z
      .string()
      .regex(/^(https?|ftp):\/\/\S+$/, 'an address that begins with https:// is expected')
      .refine((url) => !/^\w+:\/\/[^/]*@/.test(url), 'no password in the address: use username and password'),
    dest: hostPath.describe('the file on the host'),
    checksum: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits are expected')
      .optional()
      .describe('how a newer content is noticed; without one, what is there is never downloaded again'),
    username: z
      .string()
      .regex(/^[^\n":\\]+$/)
      .optional(),
    password: z.instanceof(Secret).optional(),
    timeout: seconds.default(600),
    ...attributeArguments,
  }),
  absent: undefined,
  read: ({ dest }, look) => look.file(dest),

  *plan({ url, dest, checksum, username, password, timeout, ...want }, file): Iterable<Change> {
    const wanted = checksum?.slice('sha256:'.length)
    if (file?.type === 'file' && (wanted === undefined || wanted === file.sha256))
      return yield* attributeChanges(dest, want, file)
    const owner = `${want.owner ?? file?.owner ?? ''}:${want.group ?? file?.group ?? ''}`
    const login = username && password ? new Secret(`user = "${username}:${escaped(password)}"\n`) : undefined
    const mode = want.mode ?? file?.mode ?? '0644'
    const script = sh(download, url, dest, owner, mode, wanted ?? '', login ? 'login' : '', pythonDownload)
    const command: Command = {
      ...script,
      display: `download ${url} to ${dest}`,
      timeout,
      ...(login ? { stdin: login } : {}),
    }
    yield change(`download ${dest}`, command, { from: file?.sha256, to: wanted ?? url })
  },
})

/** curl reads its configuration from standard input, so that a password is in no command line. */
function escaped(password: Secret): string {
  return password.reveal().replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}

/** For hosts that have no tool for downloads; a small Debian has none. */
const pythonDownload = `import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=30) as page, open(sys.argv[2], "wb") as file: shutil.copyfileobj(page, file)`

const download = `set -e
umask 077
name="$(dirname "$2")/.$(basename "$2").download-"
rm -f "$name"????????
tmp=$(mktemp "$name"XXXXXXXX)
trap 'rm -f "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "$6" ]; then curl -fsSL --retry 3 --connect-timeout 30 --config - -o "$tmp" -- "$1"
elif command -v curl >/dev/null; then curl -fsSL --retry 3 --connect-timeout 30 -o "$tmp" -- "$1"
elif command -v wget >/dev/null; then wget -nv -O "$tmp" -- "$1"
elif command -v python3 >/dev/null; then python3 -c "$7" "$1" "$tmp"
else echo "none of curl, wget and python3 is installed" >&2; exit 1; fi
if [ -n "$5" ]; then
  sum=$(sha256sum < "$tmp")
  [ "\${sum%% *}" = "$5" ] || { echo "the checksum of what came is \${sum%% *}, not $5" >&2; exit 1; }
fi
chown "$3" "$tmp"
chmod "$4" "$tmp"
mv -fT "$tmp" "$2"`
