import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { hostPath } from './shared/schema.ts'

const wish = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*(\[[\w,-]+\])?(==[\w.!+-]+)?$/, 'the name of a package, or name==version, is expected')

const packageList = z.array(z.object({ name: z.string(), version: z.string() }))
const newerList = z.array(z.object({ name: z.string(), latest_version: z.string() }))

/** Python packages, in a virtual environment or for the whole host. */
export const pip = defineModule({
  name: 'pip',
  description: 'Python packages, in a virtual environment (made when it is not there) or for the whole host.',
  args: z.strictObject({
    name: z.union([wish, z.array(wish).min(1)]).describe('one or more; with ==version to pin it'),
    state: z.enum(['present', 'latest', 'absent']).default('present'),
    virtualenv: hostPath.optional().describe('folder of the environment; the whole host unless given'),
    executable: z.string().min(1).default('pip3').describe('without an environment'),
    extraArgs: z.array(z.string()).default([]).describe('for install, such as --break-system-packages'),
  }),
  absent: { missing: true, installed: {}, newer: {} },

  async read({ state, ...where }, look): Promise<Have> {
    const list = (...words: readonly string[]): Command => ({
      ...cmd`${pipOf(where)} --disable-pip-version-check list ${words} --format json`,
      timeout: 300,
    })
    const [packages, newer] = await Promise.all([
      look.json(list(), packageList, { absent: [126, 127] }),
      state === 'latest' ? look.json(list('--outdated'), newerList, { absent: [126, 127] }) : undefined,
    ])
    return {
      missing: packages === undefined,
      installed: Object.fromEntries((packages ?? []).map(({ name, version }) => [normal(name), version])),
      newer: Object.fromEntries((newer ?? []).map(({ name, latest_version }) => [normal(name), latest_version])),
    }
  },

  *plan(args, { missing, installed, newer }): Iterable<Change> {
    const { name, state, virtualenv, extraArgs } = args
    const names = [name].flat()
    const run = (...words: readonly string[]): Command => ({
      ...cmd`${pipOf(args)} --disable-pip-version-check -q ${words}`,
      timeout: 1800,
    })
    const versionsOf = (wishes: readonly string[]) =>
      wishes
        .map(keyOf)
        .flatMap((key) => (installed[key] ? [`${key} ${installed[key]}`] : []))
        .join(', ') || undefined
    if (state === 'absent') {
      const gone = names.filter((wanted) => keyOf(wanted) in installed)
      const command = run('uninstall', '-y', ...gone.map(keyOf))
      if (gone.length > 0) yield change(`remove ${gone.join(', ')}`, command, { from: versionsOf(gone), to: undefined })
      return
    }
    const due = names.filter((wanted) => isDue(wanted, installed) || keyOf(wanted) in newer)
    if (due.length === 0) return
    if (missing && virtualenv !== undefined)
      yield change(`make environment ${virtualenv}`, { ...cmd`python3 -m venv -- ${virtualenv}`, timeout: 300 })
    const upgrade = state === 'latest' ? ['--upgrade'] : []
    const to = due.map((wanted) => [wanted, newer[keyOf(wanted)]].filter(Boolean).join(' ')).join(', ')
    const hint = 'is pip installed? Where the host manages Python packages itself, give a virtualenv'
    yield change(
      `install ${due.join(', ')}`,
      run('install', ...upgrade, ...extraArgs, ...due),
      { from: versionsOf(due), to },
      { hint },
    )
  },

  output: (_, { missing, installed }) => (missing ? undefined : { versions: installed }),
})

interface Have {
  /** There is no such pip. */
  readonly missing: boolean
  /** Versions by normal name. */
  readonly installed: Readonly<Record<string, string>>
  readonly newer: Readonly<Record<string, string>>
}

function pipOf({ virtualenv, executable }: { virtualenv?: string | undefined; executable: string }): string {
  return virtualenv === undefined ? executable : `${virtualenv}/bin/pip`
}

/** Names that PEP 503 calls the same are the same. */
function normal(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

function keyOf(wanted: string): string {
  return normal(wanted.replace(/(\[|==).*$/, ''))
}

function isDue(wanted: string, installed: Readonly<Record<string, string>>): boolean {
  const version = wanted.split('==')[1]
  const present = installed[keyOf(wanted)]
  return present === undefined || (version !== undefined && version !== present)
}
