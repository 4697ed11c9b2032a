#!/usr/bin/env node
import { tell } from './errors.ts'
import { program } from './program.ts'
import { flushOut, surviveClosedPipes } from './stdout.ts'

surviveClosedPipes()
try {
  await program(process.argv.slice(2))
} catch (error) {
  process.exitCode = tell(error)
}
await flushOut()
// What a library keeps open must not keep the operator waiting.
process.exit()
