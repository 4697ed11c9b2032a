import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { cmd, sh } from '../core/command.ts'
import type { FileState } from '../core/files.ts'
import { defineModule } from '../core/module.ts'
import { editChanges, linesOf, textIn, textOf } from './shared/edit.ts'
import { hostPath } from './shared/schema.ts'

const fstab = '/etc/fstab'
const field = z.string().regex(/^[^\n]+$/, 'one line is expected')

/** A file system: in /etc/fstab, and mounted. */
export const mount = defineModule({
  name: 'mount',
  description: 'A file system: in /etc/fstab and mounted, in one of both, or in none.',
  args: z
    .strictObject({
      path: hostPath.describe('where it is mounted; made when it is not there'),
      src: field.optional().describe('a device, UUID=…, LABEL=…, host:/export, or a directory to bind'),
      fstype: field.optional(),
      opts: field.default('defaults'),
      dump: z.int().min(0).default(0),
      passno: z.int().min(0).default(0).describe('order in which it is checked at boot; 0: not at all'),
      state: z
        .enum(['mounted', 'present', 'unmounted', 'absent'])
        .default('mounted')
        .describe('present: only in fstab; unmounted: fstab stays as it is; absent: in none of both'),
    })
    .refine(
      ({ src, fstype, state }) =>
        (src !== undefined && fstype !== undefined) || ['unmounted', 'absent'].includes(state),
      'arguments "src" and "fstype" are needed',
    ),
  absent: { table: undefined, mounted: false },

  async read({ path }, look) {
    const [table, found] = await Promise.all([
      look.file(fstab, { content: true }),
      look.json(cmd`findmnt --json --mountpoint ${path}`, z.object({ filesystems: z.array(z.object({})) }), {
        absent: [1],
      }),
    ])
    return { table, mounted: found !== undefined }
  },

  *plan(want, { table, mounted }): Iterable<Change> {
    const { path, state } = want
    if (state === 'unmounted' || state === 'absent') {
      if (mounted) yield change(`unmount ${path}`, cmd`umount -- ${path}`, { from: 'mounted', to: 'not mounted' })
      if (state === 'absent') yield* tableChanges(table, path, undefined)
      return
    }
    const edits = [...tableChanges(table, path, entryOf(want))]
    yield* edits
    if (state === 'present') return
    if (!mounted) yield change(`mount ${path}`, mountCommand(path), { from: 'not mounted', to: want.src })
    else if (edits.length > 0) yield* again(path, sourceIn(table, path) === encode(want.src ?? ''))
  },
})

type Wanted = z.output<typeof mount.definition.args>

function entryOf({ path, src = '', fstype = '', opts, dump, passno }: Wanted): string {
  return `${[src, path, fstype, opts].map(encode).join(' ')} ${dump} ${passno}`
}

/** fstab(5): spaces and tabs in a field are written as octal numbers. */
function encode(text: string): string {
  return text.replaceAll('\\', '\\134').replaceAll(' ', '\\040').replaceAll('\t', '\\011')
}

function fieldsOf(line: string): readonly string[] {
  return line.trim().startsWith('#') ? [] : line.trim().split(/\s+/)
}

function sourceIn(table: FileState | undefined, path: string): string | undefined {
  return linesOf(table?.content ?? '')
    .map(fieldsOf)
    .find((fields) => fields[1] === encode(path))?.[0]
}

function* tableChanges(table: FileState | undefined, path: string, entry: string | undefined): Iterable<Change> {
  const content = textIn(fstab, table)
  const lines = linesOf(content)
  const mine = lines.filter((line) => fieldsOf(line)[1] === encode(path))
  const right = entry === undefined ? mine.length === 0 : mine.length === 1 && sameEntry(mine[0] ?? '', entry)
  if (right) return
  const at = lines.findIndex((line) => mine.includes(line))
  const others = lines.filter((line) => !mine.includes(line))
  const after = entry === undefined ? others : others.toSpliced(at < 0 ? others.length : at, 0, entry)
  yield* editChanges({ path: fstab, create: true, sensitive: false, backup: false }, table, textOf(after))
  yield change('tell systemd of fstab', reload, undefined, { counts: false })
}

/** The last two fields are 0 where they are left out. */
function sameEntry(line: string, entry: string): boolean {
  const [src, path, type, opts = 'defaults', dump = '0', passno = '0'] = fieldsOf(line)
  return [src, path, type, opts, dump, passno].join(' ') === entry
}

/** Makes its mount units from fstab anew; a host that was not booted with it has none. */
const reload = { ...sh('[ ! -d /run/systemd/system ] || systemctl daemon-reload'), display: 'systemctl daemon-reload' }

function mountCommand(path: string) {
  return { ...sh('mkdir -p -- "$1" && mount -- "$1"', path), display: `mount ${path}` }
}

function* again(path: string, sameSource: boolean): Iterable<Change> {
  if (sameSource) yield change(`mount ${path} with other options`, cmd`mount -o remount -- ${path}`)
  else
    yield change(`mount ${path} from elsewhere`, {
      ...sh('umount -- "$1" && mount -- "$1"', path),
      display: `umount ${path}; mount ${path}`,
    })
}
