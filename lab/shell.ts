import { $, type ProcessOutput } from 'zx'
import { LabError } from './error.ts'

/** zx without its echo; its global settings stay as they are. */
export const sh = $({ quiet: true })

/** The same, where a failing command is an answer. */
export const trySh = $({ quiet: true, nothrow: true })

/** Runs `step` and, when a command in it fails, says which step that was and what the command said last. */
export async function during<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (!isProcessOutput(error)) throw error
    const said = (error.stderr.trim() || error.stdout.trim()).split('\n').slice(-15).join('\n')
    throw new LabError({ summary: `${what} failed (exit code ${error.exitCode})`, detail: said })
  }
}

function isProcessOutput(error: unknown): error is ProcessOutput {
  return error instanceof Error && 'exitCode' in error && 'stderr' in error
}
