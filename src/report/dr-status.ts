import { type Palette, palette } from './colour.ts'
import { count, names, plain } from './text.ts'

/** How a mirrored pair stands, as plain data: also what `--json` prints. Times in seconds since 1970. */
export interface DrStatus {
  readonly pool: string
  readonly health: 'healthy' | 'degraded' | 'broken'
  readonly sites: readonly {
    readonly site: string
    readonly seen: boolean
    /** Mirroring is off in the pool there. */
    readonly notMirrored?: boolean
    readonly daemons: readonly {
      readonly host: string
      readonly leader: boolean
      readonly health: string
      readonly callouts: readonly string[]
    }[]
    /** Images that are not mirrored. */
    readonly others: readonly string[]
    /** Which images of the pool are mirrored: all with a journal (`pool`), or those told to (`image`). */
    readonly poolMode?: 'disabled' | 'image' | 'pool' | undefined
    /** Of the others those that should be mirrored. */
    readonly unmirrored?: readonly { readonly name: string; readonly reason: string; readonly mend: string }[]
  }[]
  /** What canaries tell of each direction; none where there are no canaries. */
  readonly canaries?: readonly {
    readonly from: string
    readonly to: string
    /** Everything that was written at `from` before so many seconds has arrived at `to`. */
    readonly seconds: number | undefined
    /** Seconds since it was written last, where that is too long. */
    readonly silent: number | undefined
  }[]
  readonly images: readonly {
    readonly name: string
    readonly globalId: string
    readonly mode: string
    readonly verdict: string
    readonly health: 'healthy' | 'degraded' | 'broken'
    readonly problem: string | undefined
    readonly mend: string | undefined
    readonly lag: { readonly entries: number | undefined; readonly seconds: number | undefined }
    readonly sides: readonly {
      readonly site: string
      readonly role: 'primary' | 'secondary' | 'none' | 'unknown'
      readonly state: string
      /** Seconds since its daemon reported. */
      readonly age: number | undefined
    }[]
  }[]
}

export interface DrStatusOptions {
  readonly colour: boolean
  /** Every image, also where all is well and there are many. Default false. */
  readonly all?: boolean
}

/** Images that are shown one by one though nothing is wrong with them. */
const showAtMost = 40

/** Images that are shown of many that have the same fault. */
const showOfEach = 10

/** The status as lines for people: what is wrong first, with what mends it; what is well is folded when it is much. */
export function drStatusLines(status: DrStatus, { colour, all = false }: DrStatusOptions): string[] {
  const colours = palette(colour)
  const faulty = status.images.filter(({ problem }) => problem !== undefined)
  const well = status.images.filter(({ problem }) => problem === undefined)
  const shown = all || well.length <= showAtMost ? well : []
  const told = all ? faulty : fewOfEach(faulty)
  return [
    `${colours.bold(`pool ${status.pool}`)}: ${paint(colours, status.health)(status.health)}, ${count(status.images.length, 'image')}${verdicts(status)}`,
    '',
    ...status.sites.flatMap((site) => siteLines(site, status.pool, colours)),
    ...(status.canaries ?? []).map((canary) => canaryLine(canary, colours)),
    ...(status.images.length > 0 ? ['', ...imageTable([...told, ...shown], status, colours)] : []),
    ...(told.length < faulty.length
      ? [`${count(faulty.length - told.length, 'more image')} with the same faults (--all shows them)`]
      : []),
    ...(shown.length < well.length ? [`${count(well.length, 'more image')}: all well (--all shows them)`] : []),
    ...problemLines(faulty, colours),
  ]
}

function verdicts({ images }: DrStatus): string {
  const counts = new Map<string, number>()
  for (const { verdict } of images) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  return counts.size > 0 ? ` (${[...counts].map(([verdict, number]) => `${number} ${verdict}`).join(', ')})` : ''
}

function siteLines(
  { site, seen, notMirrored = false, daemons, others, unmirrored = [] }: DrStatus['sites'][number],
  pool: string,
  colours: Palette,
): string[] {
  if (!seen) return [`${site}: ${colours.red('cannot be looked at')}`]
  if (notMirrored)
    return [
      `${site}: ${colours.yellow('mirroring is off in this pool')}`,
      `  try: playbook run preflight.ts -e pool=${pool}`,
    ]
  const running = daemons.map(
    ({ host, leader, health }) =>
      `${host}${leader ? ' (leader)' : ''}${health === 'OK' ? '' : ` ${colours.yellow(health)}`}`,
  )
  const callouts = daemons.flatMap(({ host, callouts }) =>
    callouts.map((text) => `  ${colours.yellow(`${host}: ${plain(text)}`)}`),
  )
  const aside = others.length > 0 ? `; ${count(others.length, 'image')} not mirrored` : ''
  return [
    `${site}: daemons ${running.join(', ') || colours.yellow('none')}${aside}`,
    ...callouts,
    ...unmirroredLines(site, unmirrored, colours),
  ]
}

/** Images that should be mirrored and are not: one line for all that have the same reason, with what mends the first. */
function unmirroredLines(
  site: string,
  unmirrored: NonNullable<DrStatus['sites'][number]['unmirrored']>,
  colours: Palette,
): string[] {
  const reasons = [...new Set(unmirrored.map(({ reason }) => reason))]
  return reasons.flatMap((reason) => {
    const of = unmirrored.filter((image) => image.reason === reason)
    const [first] = of
    if (!first) return []
    const who = names(
      of.map(({ name }) => plain(name)),
      showOfEach,
    )
    const said = `${count(of.length, 'image')} ${of.length > 1 ? 'are' : 'is'} not mirrored (${who}): ${plain(reason)}`
    const rest = of.length > 1 ? ' (and so each of them; --json has every command)' : ''
    return [`${site}: ${colours.yellow(said)}`, `  try: ${plain(first.mend)}${rest}`]
  })
}

function canaryLine(
  { from, to, seconds, silent }: NonNullable<DrStatus['canaries']>[number],
  colours: Palette,
): string {
  const name = `canary ${from} to ${to}`
  if (silent !== undefined)
    return colours.yellow(`${name}: not written for ${silent} s; systemctl status 'ceph-playbook-canary-*' at ${from}`)
  if (seconds === undefined) return colours.yellow(`${name}: cannot be read at ${to}`)
  return `${name}: all that was written until ${seconds} s ago is there`
}

function imageTable(images: DrStatus['images'], { sites }: DrStatus, colours: Palette): string[] {
  if (images.length === 0) return []
  const head = ['IMAGE', 'MODE', ...sites.map(({ site }) => site.toUpperCase()), 'BEHIND', 'REPORTED', 'VERDICT']
  const rows = images.map((image) => [
    plain(image.name),
    image.mode,
    ...image.sides.map(({ role }) => (role === 'none' ? '-' : role)),
    behind(image.lag),
    reported(image),
    image.verdict,
  ])
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return [
    colours.dim(line(head).trimEnd()),
    ...rows.map((row, index) => {
      const { health = 'healthy', verdict = '' } = images[index] ?? {}
      return `${line(row.slice(0, -1))}  ${paint(colours, health)(verdict)}`
    }),
  ]
}

function behind({ entries, seconds }: DrStatus['images'][number]['lag']): string {
  const words = [
    ...(entries === undefined ? [] : [count(entries, 'entry').replace('entrys', 'entries')]),
    ...(seconds === undefined ? [] : [`${seconds} s`]),
  ]
  return words.join(', ') || '?'
}

/** How old the report on the copy is. */
function reported({ sides }: DrStatus['images'][number]): string {
  const age = sides.find(({ role }) => role === 'secondary')?.age
  return age === undefined ? '?' : `${age} s ago`
}

/** The first images of each fault, in the order in which they came. */
function fewOfEach(images: DrStatus['images']): DrStatus['images'] {
  const counts = new Map<string, number>()
  return images.filter((image) => {
    const fault = `${image.verdict} ${faultOf(image)}`
    const number = (counts.get(fault) ?? 0) + 1
    counts.set(fault, number)
    return number <= showOfEach
  })
}

/** What is wrong and what mends it, in words that are the same for all images that have it. */
function faultOf({ problem = '', mend = '' }: DrStatus['images'][number]): string {
  return [plain(problem), plain(mend)].join('\n').replaceAll(/\d+ s\b/g, 'some s')
}

/** The same problem with many images is said once. */
function problemLines(images: DrStatus['images'], colours: Palette): string[] {
  const groups = new Map<string, string[]>()
  for (const image of images) {
    const text = faultOf(image)
    const names = groups.get(text) ?? []
    names.push(plain(image.name))
    groups.set(text, names)
  }
  return [...groups].flatMap(([text, names]) => {
    const [problem, mend] = text.split('\n')
    const who = names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
    return ['', `${colours.bold(who)}: ${problem}`, ...(mend ? [`  try: ${mend}`] : [])]
  })
}

function paint(colours: Palette, health: DrStatus['health']) {
  return { healthy: colours.green, degraded: colours.yellow, broken: colours.red }[health]
}
