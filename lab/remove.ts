import { sh } from './shell.ts'

/** Removes a folder with all that is in it; what is mounted there, by whomever, is left alone. */
export async function removeFolder(path: string): Promise<void> {
  await sh`rm -rf --one-file-system -- ${path}`
}
