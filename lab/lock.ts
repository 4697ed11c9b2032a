import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LabError } from './error.ts'

/**
 * Runs `work` while holding an exclusive lock on `file`; waits for whoever holds it.
 *
 * The lock lives in a child process that ends with its standard input, so it is free again however we end.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo locked && exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(holder, 'exit')
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => Promise.reject(new LabError({ summary: `cannot lock ${file}` }))),
  ])
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await ended
  }
}
