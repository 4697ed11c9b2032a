import { hostname, userInfo } from 'node:os'
import { basename } from 'node:path'
import type { CommandModule } from 'yargs'
import type { Reporter } from '../core/events.ts'
import type { RunOutcome, RunSettings } from '../runner/run.ts'
import type { PlannedChanges } from '../runner/saved-plan.ts'
import type { Execution } from './execute.ts'
import {
  commaSeparated,
  connectionOptions,
  inventoryOptions,
  outputOptions,
  playbookFile,
  playbookOptions,
  type Values,
} from './options.ts'
import type { Prepared } from './prepare.ts'
import { vaultOptions } from './vault-options.ts'

export const runOptions = {
  ...inventoryOptions,
  ...vaultOptions,
  ...playbookOptions,
  ...connectionOptions,
  ...outputOptions,
  check: { alias: 'C', type: 'boolean', default: false, describe: 'Say what would change, and change nothing' },
  wait: {
    type: 'boolean',
    default: false,
    describe: 'Wait while another run changes a host, instead of failing there',
  },
  lock: { type: 'boolean', default: true, describe: 'Keep other runs off the hosts that this one changes' },
  plan: { type: 'string', requiresArg: true, describe: 'Apply exactly this plan, which playbook plan -o saved' },
  resume: { type: 'boolean', default: false, describe: 'Go on where the last run of this playbook was interrupted' },
  'start-at-task': {
    type: 'string',
    requiresArg: true,
    describe: 'Start at the task of this name; those before it are only looked at',
  },
  'force-handlers': {
    type: 'boolean',
    default: false,
    describe: 'Run notified handlers also on hosts that failed afterwards',
  },
  step: { type: 'boolean', default: false, describe: 'Ask before each task' },
  'time-limit': { type: 'number', requiresArg: true, describe: 'Seconds until the run is ended, done or not' },
  'list-hosts': { type: 'boolean', default: false, describe: 'Print the hosts of each play, and run nothing' },
  'list-tasks': { type: 'boolean', default: false, describe: 'Print the tasks of each play, and run nothing' },
  'list-tags': { type: 'boolean', default: false, describe: 'Print the tags of each play, and run nothing' },
} as const

export type RunArguments = Values<typeof runOptions> & { readonly file: string }

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run <file>',
  describe: 'Run a playbook',
  builder: (yargs) =>
    playbookFile(yargs)
      .options(runOptions)
      .example('$0 run bidirectional.ts -i inventory.yml', 'Mirror a pool both ways')
      .example('$0 run bidirectional.ts -e pool=images --limit west', 'Another pool, the hosts of one site')
      .example('$0 run new-site.ts -K --output junit=run.xml', 'With a sudo password, and a report for CI') as never,
  handler: async (args) => {
    process.exitCode = await run(args)
  },
}

/** What the options say of how a playbook is run. */
export function runSettings(args: RunArguments, file: string): RunSettings {
  return {
    check: args.check,
    limit: args.limit,
    tags: commaSeparated(args.tags),
    skipTags: commaSeparated(args['skip-tags']),
    forks: args.forks,
    startAt: args['start-at-task'],
    forceHandlers: args['force-handlers'],
    trace: args.verbose > 1,
    ...(args.lock ? { lock: { owner: runOwner(file), wait: args.wait } } : {}),
  }
}

/** Does what `playbook run` says, and answers with the exit code. */
export async function run(args: RunArguments): Promise<number> {
  const { prepare } = await import('./prepare.ts')
  return runPrepared(args, await prepare(args))
}

/** Runs a playbook that was found good, shown as the options say and by `more` reporters. */
export async function runPrepared(
  args: RunArguments,
  prepared: Prepared,
  more: readonly Reporter[] = [],
): Promise<number> {
  const { createReporters, parseOutputs } = await import('./outputs.ts')
  const { stepByStep } = await import('./step.ts')
  const confirm = args.step ? stepByStep() : undefined
  const asked = parseOutputs(args.output ?? [], args.verbose)
  // A tree that is drawn anew would hide the question.
  const outputs = confirm ? asked.map((one) => (one.kind === 'tree' ? { ...one, kind: 'lines' as const } : one)) : asked
  const settings: RunSettings = { ...runSettings(args, prepared.file), confirm }
  if (args['list-hosts'] || args['list-tasks'] || args['list-tags']) {
    const { listPlays } = await import('./list.ts')
    return listPlays({ ...prepared, settings }, args)
  }
  const { passwords } = await import('./secrets.ts')
  const { reachHosts } = await import('./reach.ts')
  const { execute } = await import('./execute.ts')
  const { journal, resumable } = await import('./runs-folder.ts')
  const transport = await reachHosts(args, await passwords(args, prepared.environment), prepared.environment)
  const resume = args.resume ? resumable(prepared) : undefined
  const plan = args.plan === undefined ? undefined : await heldTo(args.plan, { ...prepared, transport, settings })
  const reporters = await createReporters(outputs, { verbosity: args.verbose, diff: args.diff, profile: args.profile })
  const held = { ...settings, ...(plan ? { plan } : {}), ...(resume ? { resume: resume.finished } : {}) }
  const { keepRecords } = await import('./dr-records.ts')
  const { selectionOf } = await import('./saved-plan.ts')
  const { folder, reporter } = journal(prepared, {
    check: args.check,
    ...(resume ? { resumes: resume.id } : {}),
    ...(selectionOf(settings).length > 0 ? { narrowed: true } : {}),
  })
  const ended = (outcome: RunOutcome) => (args.check ? undefined : keepRecords(folder, prepared, outcome))
  return execute({ ...prepared, transport, settings: held, timeLimit: args['time-limit'], ended }, [
    ...reporters,
    reporter,
    ...more,
  ])
}

/** Who runs, for others who find a host locked. */
function runOwner(file: string): string {
  return `${userInfo().username}@${hostname()}, ${basename(file)} since ${new Date().toISOString()}, run ${process.pid}`
}

/** A saved plan, once a look at all hosts found that it still fits. */
async function heldTo(file: string, execution: Execution): Promise<PlannedChanges> {
  const { readPlan, recorder, refuseDrift, selectionOf } = await import('./saved-plan.ts')
  const { planToHold } = await import('../runner/saved-plan.ts')
  const { execute } = await import('./execute.ts')
  const planned = readPlan(file, { hash: execution.hash, selection: selectionOf(execution.settings) })
  const now = recorder()
  await execute({ ...execution, settings: { ...execution.settings, check: true, confirm: undefined } }, [now])
  refuseDrift(file, planned, now.events)
  return planToHold(planned)
}
