import { closeSync, openSync, writeSync } from 'node:fs'
import { InputError } from '../core/errors.ts'
import type { Reporter } from '../core/events.ts'
import { nearest } from '../core/nearest.ts'
import type { ReportOptions } from '../report/options.ts'
import { writeOut } from './stdout.ts'

const kinds = ['tree', 'lines', 'json', 'junit', 'quiet'] as const
type Kind = (typeof kinds)[number]

/** One `--output`: how, and the file it goes to; without one it goes to the terminal. */
export interface Output {
  readonly kind: Kind
  readonly file: string | undefined
}

export interface OutputOptions {
  readonly verbosity: number
  readonly diff: boolean
  /** Print the slowest tasks at the end. */
  readonly profile: boolean
}

/**
 * What `--output name` and `--output name=file` ask for. Default: a tree on a terminal, lines elsewhere and from
 * `-vv` on, for which a tree has no room; so too when all
 * that is asked for goes to files.
 *
 * @throws InputError
 */
export function parseOutputs(given: readonly string[], verbosity = 0): readonly Output[] {
  const outputs = given.map(parseOutput)
  const onTerminal = outputs.filter(({ file }) => file === undefined)
  if (onTerminal.length > 1)
    throw new InputError({
      summary: `--output: ${onTerminal.map(({ kind }) => kind).join(' and ')} cannot both go to the terminal`,
      hint: `--output ${onTerminal[0]?.kind}=FILE`,
    })
  return onTerminal.length === 1
    ? outputs
    : [...outputs, { kind: isTerminal() && verbosity < 2 ? 'tree' : 'lines', file: undefined }]
}

function parseOutput(text: string): Output {
  const [name = '', ...rest] = text.split('=')
  const kind = kinds.find((known) => known === name)
  const file = rest.join('=') || undefined
  if (kind && !(kind === 'tree' && file)) return { kind, file }
  const guess = nearest(name, kinds)
  throw new InputError({
    summary: kind ? '--output tree is for a terminal, not for a file' : `--output: there is no output "${name}"`,
    hint: kind ? `--output lines=${file}` : guess ? `did you mean "${guess}"?` : `one of ${kinds.join(', ')}`,
  })
}

/** Reporters for what was asked for. Each one's code is loaded only when it is used. */
export async function createReporters(outputs: readonly Output[], options: OutputOptions): Promise<Reporter[]> {
  const reporters = await Promise.all(outputs.map((output) => createReporter(output, options)))
  if (process.env.GITHUB_ACTIONS === 'true') {
    const { annotationsReporter } = await import('../report/annotations.ts')
    reporters.push(annotationsReporter({ write: (text) => process.stderr.write(text), folder: process.cwd() }))
  }
  return reporters
}

async function createReporter({ kind, file }: Output, options: OutputOptions): Promise<Reporter> {
  const target = file === undefined ? { write: writeOut, close: () => undefined } : fileTarget(file)
  const settings: ReportOptions = {
    ...options,
    write: target.write,
    colour: file === undefined && useColour(),
    columns: () => process.stdout.columns || 80,
    rows: () => process.stdout.rows || 24,
    folder: process.cwd(),
  }
  const reporter = await load(kind, settings)
  return {
    on: (event) => reporter.on(event),
    end: async () => {
      await reporter.end?.()
      target.close()
    },
  }
}

async function load(kind: Kind, settings: ReportOptions): Promise<Reporter> {
  switch (kind) {
    case 'tree':
      return (await import('../report/tree.ts')).treeReporter(settings)
    case 'lines':
      return (await import('../report/lines.ts')).linesReporter(settings)
    case 'json':
      return (await import('../report/json.ts')).jsonReporter(settings)
    case 'junit':
      return (await import('../report/junit.ts')).junitReporter(settings)
    case 'quiet':
      return (await import('../report/quiet.ts')).quietReporter(settings)
  }
}

function fileTarget(file: string): { write: (text: string) => void; close: () => void } {
  try {
    const handle = openSync(file, 'w')
    return { write: (text) => writeSync(handle, text), close: () => closeSync(handle) }
  } catch (error) {
    throw new InputError({ summary: `--output: ${file} cannot be written: ${(error as Error).message}` })
  }
}

/** As no-color.org and force-color.org say; else colours are for terminals that know them. */
export function useColour(environment = process.env, terminal = isTerminal()): boolean {
  if (environment.NO_COLOR) return false
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0'
  return terminal
}

function isTerminal(): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb'
}
