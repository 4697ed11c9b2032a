import type { CommandModule } from 'yargs'
import type { z } from 'zod'
import { InputError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import type { ArgumentText } from './schema-text.ts'
import { writeOut } from './stdout.ts'

interface ModulesArguments {
  readonly name: string | undefined
}

export const modulesCommand: CommandModule<object, ModulesArguments> = {
  command: 'modules [name]',
  describe: 'List the modules, or tell the arguments of one',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', describe: 'A module, as in ceph.pool' })
      .example('$0 modules ceph.pool', 'What a pool takes') as never,
  handler: async ({ name }) => {
    const modules = await findModules()
    writeOut(name === undefined ? listing(modules) : await description(find(modules, name)))
  },
}

/** As playbooks import them. */
export async function moduleNames(): Promise<readonly string[]> {
  return (await findModules()).map(({ path }) => path)
}

/** What is told of a module: taken from its definition, so that it is never out of date. */
interface Documented {
  /** As a playbook imports it. */
  readonly path: string
  readonly definition: { readonly name: string; readonly description: string; readonly args: z.ZodType }
}

/** Every module that playbooks can import. */
async function findModules(): Promise<readonly Documented[]> {
  const found = modulesIn(await import('../index.ts'), '')
  return found.sort((a, b) => a.path.localeCompare(b.path))
}

function modulesIn(exported: object, prefix: string): Documented[] {
  return Object.entries(exported).flatMap(([name, value]): Documented[] => {
    const path = prefix + name
    if (isModule(value)) return [{ path, definition: value.definition }]
    const isNamespace = prefix === '' && value?.[Symbol.toStringTag] === 'Module'
    return isNamespace ? modulesIn(value, `${path}.`) : []
  })
}

function isModule(value: unknown): value is Pick<Documented, 'definition'> {
  return typeof value === 'function' && 'definition' in value
}

function find(modules: readonly Documented[], name: string): Documented {
  const found = modules.find(({ path, definition }) => path === name || definition.name === name)
  if (found) return found
  const guess = nearest(
    name,
    modules.flatMap(({ path, definition }) => [path, definition.name]),
  )
  throw new InputError({
    summary: `there is no module "${name}"`,
    hint: guess ? `did you mean "${guess}"?` : 'playbook modules',
  })
}

function listing(modules: readonly Documented[]): string {
  const width = Math.max(...modules.map(({ path }) => path.length))
  const lines = modules.map(({ path, definition }) => `${path.padEnd(width)}  ${firstSentence(definition.description)}`)
  return `${lines.join('\n')}\n\nplaybook modules NAME tells the arguments of one.\n`
}

function firstSentence(text: string): string {
  return /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/:$/, '.') ?? text
}

async function description({ path, definition }: Documented): Promise<string> {
  const { describeArguments } = await import('./schema-text.ts')
  const aka = definition.name === path ? '' : `  (in output: ${definition.name})`
  const args = describeArguments(definition.args)
  return [
    `${path}${aka}`,
    '',
    definition.description,
    '',
    'Arguments:',
    ...args.flatMap(argumentLines),
    '',
    `  import { ${path.split('.')[0]} } from 'ceph-playbook'`,
    `  task('…', ${path}({ ${example(args)} }))`,
    '',
  ].join('\n')
}

function argumentLines({ name, type, need, description }: ArgumentText): string[] {
  return [`  ${name}: ${type}${need ? `  (${need})` : ''}`, ...(description ? [`      ${description}`] : [])]
}

function example(args: readonly ArgumentText[]): string {
  return args
    .filter(({ need }) => need === 'required')
    .map(({ name }) => `${name}: …`)
    .join(', ')
}
