import { createHash } from 'node:crypto'
import { z } from 'zod'
import { change } from '../../core/change.ts'
import { type Command, sh } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import { defineModule } from '../../core/module.ts'
import { type ImageInfo, readImage } from './info.ts'
import { ENOENT, type ImageSpec, imageName, imageSpec, looking, namespaceName, poolName } from './names.ts'
import { showSize } from './size.ts'

/** More is never meant: this is for images that are made to be verified. */
const largest = 64 * 1024 ** 2

export interface Checksum {
  readonly sha256: string
  /** When it was read: seconds since 1970, with a fraction, by the host's clock. */
  readonly time: number
}

const checksumSchema = z.strictObject({ sha256: z.string(), time: z.number() })

/** The checksum of all that is in an image, read through `rbd export`. */
function checksumCommand(spec: ImageSpec): Command {
  const command = { ...sh(checksumScript, imageSpec(spec)), display: `rbd export ${imageSpec(spec)} - | sha256sum` }
  return looking(command, 300)
}

/** A pipeline ends with the exit code of its last command; here that of `rbd` counts. */
const checksumScript = `exec 3>&1
code=$( { { rbd export --no-progress "$1" -; echo $? >&4; } | sha256sum | {
  read -r sum _; printf '{"sha256":"%s","time":%s}\\n' "$sum" "$(date +%s.%N)"; } >&3; } 4>&1 )
exit "$code"`

interface Have {
  readonly info: ImageInfo | undefined
  readonly checksum: Checksum | undefined
}

/** A known content for an image, written as a difference, so that journals and snapshots see it as any other write. */
export const content = defineModule({
  name: 'rbd.content',
  description:
    'Fills an image with a line of text, again and again: a known content, to see it arrive on the other site. For images made for that, up to 64 MiB.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    image: imageName,
    text: z
      .string()
      .regex(/^[^\n]+$/, 'one line')
      .describe('the line'),
  }),
  absent: { info: undefined, checksum: undefined } as Have,

  async read(args, look): Promise<Have> {
    const info = await readImage(look, args)
    if (!info || info.size > largest) return { info, checksum: undefined }
    return { info, checksum: await look.json(checksumCommand(args), checksumSchema, { absent: [ENOENT] }) }
  },

  *plan(args, { info, checksum }) {
    const spec = imageSpec(args)
    if (info && info.size > largest)
      throw new TaskFailed({
        summary: `${spec} is not overwritten: it has ${showSize(info.size)}, and this is for images of at most ${showSize(largest)}`,
      })
    const wanted = info && contentChecksum(args.text, info.size)
    if (checksum && checksum.sha256 === wanted) return
    yield change(
      `fill ${spec}`,
      { ...sh(fillScript, spec, args.text), display: `rbd import-diff - ${spec}`, timeout: 300 },
      { from: checksum?.sha256, to: wanted },
    )
  },

  output: (_, { checksum }) => checksum,
})

/** The checksum of an image of so many bytes that is filled with a line. */
export function contentChecksum(text: string, size: number): string {
  const line = `${text}\n`
  return createHash('sha256').update(Buffer.alloc(size, line)).digest('hex')
}

/** A difference in format 1 (doc/dev/rbd-diff.rst): the size, and one piece of data that covers it all. */
const fillScript = `set -e
size=$(rbd info --format json "$1" | sed 's/.*"size":\\([0-9]*\\).*/\\1/')
le64() {
  rest=$1
  for byte in 1 2 3 4 5 6 7 8; do printf "\\\\$(printf %03o $((rest % 256)))"; rest=$((rest / 256)); done
}
{
  printf 'rbd diff v1\\ns'; le64 "$size"
  printf w; le64 0; le64 "$size"
  yes "$2" | head -c "$size"
  printf e
} | rbd import-diff --no-progress - "$1"`

/** What an image was seen to hold. */
export interface Seen {
  /** Undefined when there is no such image. */
  readonly sha256: string | undefined
  /** Seconds since 1970, by the host's clock. */
  readonly time: number | undefined
  readonly asExpected: boolean
}

/** What is in an image, as a checksum; changes nothing. */
export const checksum = defineModule({
  name: 'rbd.checksum',
  description: 'Looks at the content of an image: its SHA-256, when it was read, and whether it is the one expected.',
  args: z.strictObject({
    pool: poolName,
    namespace: namespaceName,
    image: imageName,
    expected: z.string().optional().describe('a checksum; left out: that there is no such image'),
  }),
  absent: undefined as Checksum | undefined,
  read: (args, look) => look.json(checksumCommand(args), checksumSchema, { absent: [ENOENT] }),
  plan: () => [],
  output: ({ expected }, have): Seen => ({
    sha256: have?.sha256,
    time: have?.time,
    asExpected: have?.sha256 === expected,
  }),
})
