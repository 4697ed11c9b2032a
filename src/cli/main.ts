#!/usr/bin/env -S node --
import { tell } from './errors.ts'
import { program } from './program.ts'
import { flushOut, surviveClosedPipes } from './stdout.ts'

/** What Node leaves with when a promise that is awaited can never settle. */
const unsettled = 13

surviveClosedPipes()
// What nobody waits for and yet fails, Node would print as it is, with the secrets that may be in it.
process.on('uncaughtException', (error) => process.exit(tell(error)))
// That, too, is to be told.
process.on('exit', () => {
  if (process.exitCode === unsettled)
    process.exitCode = tell(new Error('nothing is left to wait for, and what was begun has not ended'))
})
try {
  await program(process.argv.slice(2))
} catch (error) {
  process.exitCode = tell(error)
}
await flushOut()
// What a library keeps open must not keep the operator waiting.
process.exit()
