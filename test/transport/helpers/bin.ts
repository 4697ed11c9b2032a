import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Bin {
  readonly folder: string
  /** The environment in which its programs are found before others. */
  readonly env: { readonly PATH: string }
  remove(): Promise<void>
}

/** A folder of programs: a path makes a link, a text that starts with `#!` a script. */
export async function createBin(programs: Readonly<Record<string, string>>): Promise<Bin> {
  const folder = await mkdtemp(join(tmpdir(), 'transport-bin-'))
  await chmod(folder, 0o755)
  for (const [name, content] of Object.entries(programs)) {
    if (content.startsWith('#!')) await writeFile(join(folder, name), content, { mode: 0o755 })
    else await symlink(content, join(folder, name))
  }
  return {
    folder,
    env: { PATH: `${folder}:${process.env.PATH}` },
    remove: () => rm(folder, { recursive: true }),
  }
}
