import { z } from 'zod'
import { type Change, change } from '../../core/change.ts'
import { type Command, cmd, sh } from '../../core/command.ts'
import { TaskFailed } from '../../core/errors.ts'
import type { Look } from '../../core/look.ts'
import { defineModule } from '../../core/module.ts'
import { readHasSyncPoint, readMirrorSnapshots } from './mirror-snapshots.ts'
import {
  chosenImages,
  type MirroredImage,
  type MirroredImages,
  noImages,
  readMirrored,
  requireMirrored,
} from './mirrored.ts'
import { imageSpec, namespaceName, poolName, within } from './names.ts'
import { openImages, readSiteImages } from './site-images.ts'

const args = z.strictObject({
  pool: poolName,
  namespace: namespaceName,
  ...chosenImages,
  role: z.enum(['primary', 'secondary']).describe('primary: can be written here; secondary: follows the other site'),
  force: z
    .boolean()
    .default(false)
    .describe(
      'become primary although the other site was not demoted: what has not arrived is lost, and the two diverge',
    ),
  acceptIncomplete: z
    .boolean()
    .default(false)
    .describe(
      'with force: promote although a mirror snapshot or the first copy has only half arrived: falls back to an older state than the last that is complete, or to a piece of the image',
    ),
  ignoreClients: z
    .boolean()
    .default(false)
    .describe('demote although a client has the image open, which then fails to write'),
  refuseOnly: z.boolean().default(false).describe('only refuse what is to be refused, and change nothing yet'),
})

type Args = z.output<typeof args>

interface Have extends MirroredImages {
  /** Addresses that have an image open, by image. */
  readonly clients: Readonly<Record<string, readonly string[]>>
  /** Images whose newest mirror snapshot, or first copy, has not arrived whole. */
  readonly incomplete: readonly string[]
}

/** Which site an image is written at: promotion and demotion. */
export const imageRole = defineModule({
  name: 'rbd.imageRole',
  description:
    'Promotes or demotes a mirrored image, or all of a pool. Refuses, before anything is changed, what would lose data or diverge unless told to.',
  args,
  absent: { ...noImages, clients: {}, incomplete: [] } as Have,

  async read(args, look): Promise<Have> {
    const mirrored = await readMirrored(look, args)
    const moving = mirrored.images.filter((image) => mustMove(args, image))
    const [clients, incomplete] = await Promise.all([
      args.role === 'secondary' ? readClients(look, args, moving) : {},
      args.role === 'primary' && args.force && !args.acceptIncomplete ? readIncomplete(look, args, moving) : [],
    ])
    return { ...mirrored, clients, incomplete }
  },

  *plan(args, have) {
    requireMirrored(args, have)
    const moving = have.images.filter((image) => mustMove(args, image))
    if (args.role === 'secondary') {
      if (!args.ignoreClients) refuseOpen(args, have.clients)
    } else if (!args.force) refuseSecondPrimary(args, moving)
    else if (!args.acceptIncomplete) refuseIncomplete(args, have.incomplete)
    if (!args.refuseOnly) for (const image of moving) yield* changesOf(args, image)
  },

  output: (_, { images }) =>
    images.map(({ info: { name, id, mirroring } }) => ({
      image: name,
      id,
      globalId: mirroring.globalId,
      mode: mirroring.mode,
      primary: mirroring.primary,
    })),
})

function mustMove({ role }: Args, image: MirroredImage): boolean {
  return image.info.mirroring.primary !== (role === 'primary') || (role === 'primary' && isCutOff(image))
}

/** Called primary, and cannot be written: a change of its role by snapshots was killed between its two steps. */
export function isCutOff({ info }: MirroredImage): boolean {
  return info.mirroring.primary && info.features.includes('non-primary')
}

function* changesOf(args: Args, image: MirroredImage): Generator<Change> {
  if (args.role === 'secondary' || isCutOff(image)) yield demote(args, image)
  if (args.role === 'primary') yield promote(args, image)
}

function specOf({ pool, namespace }: Args, { info }: MirroredImage): string {
  return imageSpec({ pool, namespace, image: info.name })
}

/** What mirrors an image has it open as well, the other site's daemons too: they are no clients. */
async function readClients(look: Look, { pool, namespace }: Args, moving: readonly MirroredImage[]) {
  const images = moving.map(({ info: { name } }) => name)
  return Object.fromEntries(openImages(await readSiteImages(look, { pool, namespace, images, detail: true })))
}

async function readIncomplete(
  look: Look,
  { pool, namespace }: Args,
  moving: readonly MirroredImage[],
): Promise<string[]> {
  const names = await Promise.all(
    moving.map(async ({ info: { name, mirroring }, status }) => {
      const spec = { pool, namespace, image: name }
      if (mirroring.mode === 'journal') return !status?.replay && (await readHasSyncPoint(look, spec)) ? [name] : []
      return (await readMirrorSnapshots(look, spec)).at(-1)?.complete === false ? [name] : []
    }),
  )
  return names.flat()
}

function promote(args: Args, image: MirroredImage): Change {
  const spec = specOf(args, image)
  const command = args.force ? cmd`rbd mirror image promote --force ${spec}` : promoteAsItArrives(spec)
  return change(
    `promote ${spec}`,
    within(120, command),
    { from: 'secondary', to: 'primary' },
    {
      hint: args.force
        ? 'stop the mirror daemons of this site (systemctl kill -s KILL), and run it again'
        : 'demote it on the other site, wait until that has arrived here, and run it again; force=true if that site is lost',
    },
  )
}

/** A demotion may have been told by the daemons and still be on its way to the image (EBUSY): for a minute that is waited for. */
function promoteAsItArrives(spec: string): Command {
  const script = `end=$(($(date +%s) + 60))
until said=$(rbd mirror image promote "$1" 2>&1); do
  code=$?
  [ $code = 16 ] && [ "$(date +%s)" -lt $end ] || { printf '%s\\n' "$said" >&2; exit $code; }
  sleep 2
done`
  return { ...sh(script, spec), display: `rbd mirror image promote ${spec}` }
}

function demote(args: Args, image: MirroredImage): Change {
  const spec = specOf(args, image)
  return change(`demote ${spec}`, within(120, cmd`rbd mirror image demote ${spec}`), {
    from: 'primary',
    to: 'secondary',
  })
}

function refuseSecondPrimary(args: Args, moving: readonly MirroredImage[]): void {
  const primaries = moving.flatMap((image) =>
    primariesElsewhere(image).map((place) => `${specOf(args, image)} ${place}`),
  )
  if (primaries.length === 0) return
  throw new TaskFailed({
    summary: `not promoted, since nothing may be primary on both sites: ${listed(primaries)}`,
    hint: 'demote there first (demote.ts) and wait until that has arrived; or, if that site is lost, say -e force=true: what has not arrived is lost then, and one side has to be thrown away later',
  })
}

/** Other sites may say so; and a copy that is being replayed has a primary, whether that says anything or not. */
function primariesElsewhere({ status }: MirroredImage): string[] {
  const sites = status?.peers.filter(({ saysPrimary }) => saysPrimary) ?? []
  if (sites.length > 0) return sites.map(({ site, up }) => `is primary at ${site}${up ? '' : ' (its daemon is down)'}`)
  return status?.up && status.state === 'replaying' ? ['follows a primary on the other site'] : []
}

function refuseIncomplete(args: Args, incomplete: readonly string[]): void {
  if (incomplete.length === 0) return
  throw new TaskFailed({
    summary: `not promoted: of ${listed(incomplete.map((image) => imageSpec({ ...args, image })))} a mirror snapshot, or the first copy, has only half arrived; promotion would fall back to an older state than the last complete one, if there ever was one`,
    hint: 'if the other site lives, wait until it is synced; or copy the last complete state first; or accept the older state with acceptIncomplete',
  })
}

function refuseOpen(args: Args, clients: Have['clients']): void {
  const open = Object.entries(clients).map(
    ([image, addresses]) => `${imageSpec({ ...args, image })} by ${addresses.join(', ')}`,
  )
  if (open.length === 0) return
  throw new TaskFailed({
    summary: `not demoted, since clients still have images open: ${listed(open)}`,
    hint: 'stop these clients first: their writes would fail. A client that died is forgotten after 30 s',
  })
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, 10)
  return `${shown.join('; ')}${items.length > shown.length ? `; and ${items.length - shown.length} more` : ''}`
}
