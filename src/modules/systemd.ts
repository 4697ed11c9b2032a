import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd, sh } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { changedSince } from './shared/changed-since.ts'

/** Seconds a daemon may take to start or stop. */
const timeout = 300

/** A systemd unit: running or not, at boot or not, masked or not. */
export const systemd = defineModule({
  name: 'systemd',
  description: 'A systemd unit: running or not, started at boot or not, masked or not; also an instance of a template.',
  args: z
    .strictObject({
      unit: z
        .string()
        .regex(/^[\w:.\\@-]+$/, 'the name of a unit is expected')
        .regex(/^[^-]/, 'the name of a unit is expected')
        .optional()
        .describe('such as sshd, ceph.target or ceph-rbd-mirror@rbd-mirror.east; ".service" may be left out'),
      state: z
        .enum(['started', 'stopped', 'restarted', 'reloaded'])
        .optional()
        .describe('restarted and reloaded always change: they belong in handlers'),
      restartAfter: z
        .array(z.string().startsWith('/'))
        .default([])
        .describe(
          'files that it reads when it starts: one that changed since then has it restarted, whoever changed it',
        ),
      enabled: z.boolean().optional().describe('started at boot'),
      masked: z.boolean().optional().describe('cannot be started by anything'),
      daemonReload: z
        .boolean()
        .default(false)
        .describe('read unit files anew; done without being asked when systemd says that this unit needs it'),
    })
    .refine(({ unit, ...rest }) => unit !== undefined || rest.daemonReload, 'argument "unit" is needed')
    .refine(
      ({ unit, state, enabled, masked }) =>
        unit !== undefined || [state, enabled, masked].every((v) => v === undefined),
      'argument "unit" is needed',
    ),
  absent: {
    LoadState: 'not-found',
    ActiveState: 'inactive',
    UnitFileState: '',
    NeedDaemonReload: 'no',
    newer: [],
    leftEnabled: false,
  },

  async read({ unit, restartAfter }, look): Promise<Found> {
    if (unit === undefined)
      return {
        LoadState: '',
        ActiveState: '',
        UnitFileState: '',
        NeedDaemonReload: 'yes',
        newer: [],
        leftEnabled: false,
      }
    const [output, newer] = await Promise.all([
      look.text(cmd`systemctl show -p ${properties.join(',')} -- ${unit}`),
      restartAfter.length > 0 ? look.text(changedSince(unit, restartAfter)) : '',
    ])
    const state = parseProperties(output)
    const mayBeLeft = state.LoadState === 'not-found' && unit.includes('@')
    const leftEnabled = mayBeLeft && (await look.text(enabledLinks(unit))) !== ''
    return { ...state, leftEnabled, newer: newer.split('\n').filter(Boolean) }
  },

  *plan({ unit = '', state, enabled, masked, daemonReload }, have): Iterable<Change> {
    const changes = [
      ...[...bootChanges(unit, enabled, masked, have)].map((one) => ({ ...one, ...leftBehind(have) })),
      ...[...stateChanges(unit, state, have)].map((one) => ({ ...one, ...startedByPackage(unit, state, have) })),
      ...catchUp(unit, state, have),
    ]
    const fresh = daemonReload && (have.LoadState === 'not-found' || have.NeedDaemonReload === 'yes')
    if (fresh || (have.NeedDaemonReload === 'yes' && changes.length > 0))
      yield change('read unit files anew', cmd`systemctl daemon-reload`)
    yield* changes
  },
})

/** A package may enable the units that it brings; and one that was removed may have left a unit enabled. */
function leftBehind({ LoadState }: UnitState): Partial<Change> {
  return LoadState === 'not-found' ? { maybe: 'with the package that brings it, it may be so' } : {}
}

/** Packages start their units; of instances of a template those that an earlier removal of the package left enabled. */
function startedByPackage(unit: string, state: string | undefined, { LoadState, leftEnabled }: Found): Partial<Change> {
  const started = LoadState === 'not-found' && (leftEnabled || !unit.includes('@')) && state !== 'restarted'
  return started ? { maybe: 'the package that brings it may do so' } : {}
}

const properties = ['LoadState', 'ActiveState', 'UnitFileState', 'NeedDaemonReload'] as const
type UnitState = Readonly<Record<(typeof properties)[number], string>>

interface Found extends UnitState {
  /** Of `restartAfter`, files that changed since the unit was started. */
  readonly newer: readonly string[]
  /** An instance of a template that is not there (any more) is wanted by some target. */
  readonly leftEnabled: boolean
}

/** Prints the links by which an instance is enabled; nothing tells of them while its template is missing. */
function enabledLinks(unit: string): Command {
  const script = `for link in /etc/systemd/system/*.wants/"$1" /etc/systemd/system/*.wants/"$1".service; do
  [ ! -L "$link" ] || printf '%s\\n' "$link"
done`
  return { ...sh(script, unit), display: `links that enable ${unit}` }
}

function parseProperties(output: string): UnitState {
  const given = Object.fromEntries(output.split('\n').map((line) => [line.split('=')[0], line.replace(/^[^=]*=/, '')]))
  const get = (name: string) => given[name] ?? ''
  return {
    LoadState: get('LoadState'),
    ActiveState: get('ActiveState'),
    UnitFileState: get('UnitFileState'),
    NeedDaemonReload: get('NeedDaemonReload'),
  }
}

/** File states that need no `enable`: what systemd starts at boot already, or what has nothing to enable. */
const enabledStates = ['enabled', 'static', 'alias', 'indirect', 'generated', 'transient']

function* bootChanges(
  unit: string,
  enabled: boolean | undefined,
  masked: boolean | undefined,
  { UnitFileState: was }: UnitState,
): Iterable<Change> {
  const isMasked = was.startsWith('masked')
  if (masked === false && isMasked)
    yield change(`unmask ${unit}`, cmd`systemctl unmask -- ${unit}`, { from: 'masked', to: 'unmasked' })
  if (enabled === true && !enabledStates.includes(was))
    yield change(
      `enable ${unit}`,
      cmd`systemctl enable -- ${unit}`,
      { from: was || 'disabled', to: 'enabled' },
      noUnit(unit),
    )
  if (enabled === false && was.startsWith('enabled'))
    yield change(`disable ${unit}`, cmd`systemctl disable -- ${unit}`, { from: was, to: 'disabled' })
  if (masked === true && !isMasked)
    yield change(`mask ${unit}`, cmd`systemctl mask -- ${unit}`, { from: was || 'unmasked', to: 'masked' })
}

function* stateChanges(unit: string, state: string | undefined, { ActiveState: was }: UnitState): Iterable<Change> {
  const running = was === 'active' || was === 'reloading'
  const stopped = was === 'inactive' || was === 'failed'
  if (state === 'restarted')
    yield change(`restart ${unit}`, starting('restart', unit), { from: was, to: 'restarted' }, noUnit(unit))
  else if (state === 'reloaded' && running)
    yield change(`reload ${unit}`, { ...cmd`systemctl reload -- ${unit}`, timeout }, { from: was, to: 'reloaded' })
  else if ((state === 'started' || state === 'reloaded') && !running)
    yield change(`start ${unit}`, starting('start', unit), { from: was, to: 'active' }, noUnit(unit))
  else if (state === 'stopped' && !stopped)
    yield change(`stop ${unit}`, { ...cmd`systemctl stop -- ${unit}`, timeout }, { from: was, to: 'inactive' })
}

/** A running daemon that has not read its files as they are now. */
function* catchUp(unit: string, state: string | undefined, { ActiveState, newer }: Found): Iterable<Change> {
  if (state !== 'started' || ActiveState !== 'active' || newer.length === 0) return
  yield change(`restart ${unit}`, starting('restart', unit), {
    from: `started before ${newer.join(' and ')} changed`,
    to: 'restarted',
  })
}

/**
 * A daemon that was started too often in a while (three times in half an hour, for Ceph's) is refused by systemd until
 * its count is reset. When it does not start, its last words are the error.
 */
function starting(verb: 'start' | 'restart', unit: string): Command {
  const script = `systemctl reset-failed -- "$2" 2>/dev/null
systemctl "$1" -- "$2" && exit
code=$?
systemctl --no-pager --full --lines=15 status -- "$2" >&2
exit $code`
  return { ...sh(script, verb, unit), display: `systemctl ${verb} ${unit}`, timeout }
}

function noUnit(unit: string) {
  return { hint: `is the package that brings ${unit} installed? see journalctl -u ${unit}` }
}
