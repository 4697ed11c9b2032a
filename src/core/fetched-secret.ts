import { type Diagnosis, InputError } from './errors.ts'
import type { Secret } from './secret.ts'

/**
 * The text of a secret was asked for before it had come from where it is kept. Whoever can wait does so and asks again
 * (`withSecrets`); for everyone else it is an error.
 */
export class NotFetched extends InputError {
  readonly fetched: Promise<unknown>

  constructor(fetched: Promise<unknown>, diagnosis: Diagnosis) {
    super(diagnosis)
    this.fetched = fetched
  }
}

/**
 * The answer of `use`, which is asked again each time that it needed a secret that has not come yet. It must have no
 * effect, since it may be done several times.
 */
export async function withSecrets<T>(use: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await use()
    } catch (error) {
      if (!(error instanceof NotFetched)) throw error
      await error.fetched
    }
  }
}

/** A secret whose text has come. */
export async function fetchedSecret<Kind extends Secret | undefined>(secret: Kind): Promise<Kind> {
  await withSecrets(() => secret?.reveal())
  return secret
}
