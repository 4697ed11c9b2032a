import type { z } from 'zod'
import type { Command, CommandResult } from './command.ts'
import { CommandFailed, UnexpectedOutput } from './errors.ts'
import { parseStat, statCommand } from './files.ts'
import type { Look, TextOptions } from './look.ts'

/**
 * The `Look` that modules are given, made of its two sources: a way to run one command on the host, and a way to a file
 * of the controller. `text` answers with the output as it is, final newline included.
 */
export function lookWith(
  run: (command: Command) => Promise<CommandResult>,
  controllerFile: Look['controllerFile'],
): Look {
  async function text(command: Command): Promise<string>
  async function text(command: Command, options: TextOptions): Promise<string | undefined>
  async function text(command: Command, { absent = [] }: TextOptions = {}): Promise<string | undefined> {
    const result = await run(command)
    if (result.code === 0) return result.stdout
    if (result.code !== undefined && absent.includes(result.code)) return undefined
    throw new CommandFailed(command, result)
  }

  async function json<T>(command: Command, schema: z.ZodType<T>): Promise<T>
  async function json<T>(command: Command, schema: z.ZodType<T>, options: TextOptions): Promise<T | undefined>
  async function json<T>(command: Command, schema: z.ZodType<T>, options: TextOptions = {}): Promise<T | undefined> {
    const output = await text(command, options)
    return output === undefined ? undefined : parse(command, output, schema)
  }

  return {
    run,
    text,
    json,
    file: async (path, { content = false } = {}) => parseStat(await text(statCommand(path, content))),
    controllerFile,
  }
}

function parse<T>(command: Command, output: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(output)
  } catch {
    throw new UnexpectedOutput(command, 'JSON', output)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
  throw new UnexpectedOutput(command, `JSON of another shape (${faults.slice(0, 3).join('; ')})`, output)
}
