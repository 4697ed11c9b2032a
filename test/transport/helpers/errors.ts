import { ConnectError } from '../../../src/core/errors.ts'

/** The ConnectError that a promise is expected to be rejected with. */
export async function connectError(promise: Promise<unknown>): Promise<ConnectError> {
  const error = await promise.then(
    () => new Error('it was not rejected'),
    (reason: unknown) => reason,
  )
  if (error instanceof ConnectError) return error
  throw error
}
