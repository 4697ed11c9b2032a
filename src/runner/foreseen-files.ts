import { normalize } from 'node:path/posix'
import type { FileState } from '../core/files.ts'
import type { Look } from '../core/look.ts'

/** Files of a host as a plan will leave them. */
export interface ForeseenFiles {
  add(path: string, file: FileState | undefined): void
  /** The same look, which sees them as if they were so already. */
  over(look: Look): Look
}

export function createForeseenFiles(): ForeseenFiles {
  const files = new Map<string, FileState | undefined>()
  return {
    add: (path, file) => {
      const place = plain(path)
      if (file?.type !== 'directory') for (const below of inside(files, place)) files.delete(below)
      files.set(place, withContentOf(files.get(place), file))
    },
    over: (look) => ({
      ...look,
      file: async (path, options) => {
        const place = plain(path)
        if (!files.has(place)) return isGone(files, place) ? undefined : look.file(path, options)
        const file = files.get(place)
        if (!options?.content) return file && withoutContent(file)
        const isKept = file?.type === 'file' && file.content === undefined
        return isKept ? withContentOf(await look.file(path, options), file) : file
      },
    }),
  }
}

function inside(files: ReadonlyMap<string, unknown>, folder: string): string[] {
  return [...files.keys()].filter((path) => path.startsWith(`${folder}/`))
}

/** What only changes owner or mode does not say what is in the file: that stays. */
function withContentOf(before: FileState | undefined, file: FileState | undefined): FileState | undefined {
  const same = file?.content === undefined && before?.content !== undefined && before.sha256 === file?.sha256
  return file && same ? { ...file, content: before.content } : file
}

/** `/a//b/.` and `/a/b/` are `/a/b`. */
function plain(path: string): string {
  return normalize(path).replace(/(?<=.)\/$/, '')
}

function withoutContent({ content: _, ...file }: FileState): FileState {
  return file
}

/** Whether a folder above it will be gone, or no folder any more. */
function isGone(files: ReadonlyMap<string, FileState | undefined>, path: string): boolean {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const folder = path.slice(0, end)
    if (files.has(folder)) return files.get(folder)?.type !== 'directory'
  }
  return false
}
