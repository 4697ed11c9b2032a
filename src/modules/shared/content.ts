import { z } from 'zod'
import { type Change, change, type Difference } from '../../core/change.ts'
import { sh } from '../../core/command.ts'
import { type FileState, fileWith, sha256, writeFileCommand } from '../../core/files.ts'
import type { Encoding, Look } from '../../core/look.ts'
import { reveal, Secret } from '../../core/secret.ts'
import { doubt } from '../../core/stand-in.ts'
import { type Attributes, attributeArguments, attributeChanges } from './attributes.ts'

/** Larger texts are compared by their checksum only: nobody reads such a diff, and it would have to travel. */
const largestDiff = 256 * 1024

/** Arguments of the modules that give a file its whole content. */
export const contentArguments = {
  ...attributeArguments,
  validate: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('a command that must accept the new file, %s standing for it: ["visudo", "-cf", "%s"]'),
  backup: z.boolean().default(false).describe('keep the old file beside the new one, named after the time'),
}

export interface WantedFile extends Attributes {
  readonly path: string
  readonly validate?: readonly string[] | undefined
  readonly backup?: boolean | undefined
  readonly encoding?: 'utf8' | 'base64' | undefined
}

/** A file and the content that it is to have; undefined while that cannot be known. */
export interface ContentState {
  readonly content: string | Secret | undefined
  readonly file: FileState | undefined
  readonly encoding?: Encoding
}

export const noContent: ContentState = { content: undefined, file: undefined }

/** The file as it is; its text only when it differs, is no secret, and is short enough to be shown. */
export async function readContent(
  look: Look,
  path: string,
  content: string | Secret,
  encoding: 'utf8' | 'base64' = 'utf8',
): Promise<ContentState> {
  const file = await look.file(path)
  const differs = file?.type === 'file' && file.sha256 !== sha256(content, encoding)
  if (!differs || content instanceof Secret || encoding === 'base64' || file.size > largestDiff)
    return { content, file }
  return { content, file: await look.file(path, { content: true }) }
}

/** As `readContent`, with the content of a file of the controller: as text where it is one, else as the bytes that it is. */
export async function readCopied(look: Look, path: string, src: string): Promise<ContentState> {
  const base64 = await look.controllerFile(src, 'base64')
  const text = textOf(Buffer.from(base64, 'base64'))
  if (text !== undefined) return readContent(look, path, text)
  return { ...(await readContent(look, path, base64, 'base64')), encoding: 'base64' }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Changes that give a file its content, owner, group and mode. A new file gets mode 0644; one with a secret in it gets
 * 0600, also when it was there before and others could read it, unless another mode is asked for.
 */
export function* contentChanges(want: WantedFile, { content, file }: ContentState): Iterable<Change> {
  const { path } = want
  if (content === undefined) {
    yield change(`write ${path}`, { ...sh(notKnown, path), display: `write ${path}` })
    return
  }
  const mode = want.mode ?? (content instanceof Secret && readableByOthers(file) ? '0600' : undefined)
  if (file?.type === 'file' && file.sha256 === sha256(content, want.encoding)) {
    yield* attributeChanges(path, { ...want, mode }, file)
    return
  }
  const kept = file?.type === 'file' ? file : undefined
  const attributes = {
    owner: want.owner ?? kept?.owner ?? '',
    group: want.group ?? kept?.group ?? '',
    mode: mode ?? kept?.mode ?? '0644',
  }
  const leaves = { path, file: fileWith(content, attributes, want.encoding) }
  const command = writeFileCommand({
    path,
    content,
    encoding: want.encoding,
    ...attributes,
    validate: want.validate,
    backup: want.backup,
  })
  yield change(`write ${path}`, command, difference(want, content, file), {
    hint: hintFor(path, file),
    leaves,
    ...(kept ? doubt(reveal(content)) : {}),
  })
}

const notKnown = 'echo "the content of $1 was not known when this was planned: plan again" >&2; exit 1'

function readableByOthers(file: FileState | undefined): boolean {
  return file?.type !== 'file' || !file.mode.endsWith('0')
}

function difference({ path, encoding }: WantedFile, content: string | Secret, file: FileState | undefined): Difference {
  if (content instanceof Secret) return { from: file ? 'another content' : undefined, to: 'a content not shown' }
  if (file?.type === 'link') return { from: `a link to ${file.target}`, to: 'a file' }
  const before = file?.type === 'file' ? file.content : ''
  const short = content.length <= largestDiff && before !== undefined && encoding !== 'base64'
  if (!short || `${before}${content}`.includes('\0'))
    return { from: file && `${file.size} bytes, sha256 ${file.sha256}`, to: `sha256 ${sha256(content, encoding)}` }
  return { path, before: file?.content, after: content }
}

function hintFor(path: string, file: FileState | undefined): string {
  if (file?.type === 'directory') return `${path} is a directory: remove it, or name a file in it`
  return `is there a directory ${path.replace(/\/[^/]*$/, '') || '/'}, and may this user write into it?`
}
