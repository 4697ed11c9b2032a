import { setTimeout as sleep } from 'node:timers/promises'

/** Runs `work` on every item, at most `limit` at a time, and waits for all of them before the first failure is thrown. */
export async function eachLimited<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items]
  const failures: unknown[] = []
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failures.length > 0) throw failures[0]
}

/** Asks until `answer` gives something, or until `seconds` have passed: then undefined. */
export async function poll<T>(
  seconds: number,
  answer: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const got = await answer()
    if (got !== undefined || Date.now() > deadline) return got
    await sleep(50)
  }
}
