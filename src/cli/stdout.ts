let gone = false

/**
 * Standard output that may go away: when nobody reads it any more (`| head`), the rest is dropped and the work goes on,
 * since a run must not stop half-way for that.
 */
export function writeOut(text: string): void {
  if (!gone) process.stdout.write(text)
}

/** Keeps a closed pipe from ending the process. */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (stream === process.stdout) gone = true
    })
}

/** Everything written so far has left the process. */
export async function flushOut(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writable) await new Promise<void>((done) => stream.write('', () => done()))
}
