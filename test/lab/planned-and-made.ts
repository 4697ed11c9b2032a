import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import { labFiles } from '../../lab/index.ts'
import { fitsSpelledOut } from '../../src/core/stand-in.ts'
import { environment, main, type Outcome, playbook, project, root } from '../cli/support.ts'

const changeView = z.object({
  summary: z.string(),
  command: z.string(),
  fingerprint: z.string(),
  maybe: z.string().optional(),
  open: z.boolean().optional(),
})

const hostEnd = z.object({
  type: z.literal('host.end'),
  task: z.string(),
  host: z.string(),
  status: z.string(),
  changes: z.array(changeView),
  unforeseen: z.boolean().optional(),
})

export type ToldChange = z.infer<typeof changeView>

/** What a run tells of its hosts: their changes in order, and tasks whose changes it cannot tell. */
export interface Told extends Outcome {
  readonly changes: ReadonlyMap<string, readonly ToldChange[]>
  readonly unforeseen: readonly string[]
}

/** A folder from which playbooks of this package are planned and run on a lab. */
export function planFolder(lab: string) {
  const folder = project()
  const words = (command: string, file: string, args: readonly string[]) => [
    command,
    join(root, 'playbooks', file),
    '-i',
    labFiles(lab).inventory,
    '--no-typecheck',
    '--output',
    'json',
    ...args,
  ]
  return {
    folder,
    plan: (file: string, ...args: string[]): Told => told(playbook(folder, words('plan', file, args))),
    run: (file: string, ...args: string[]): Told => told(playbook(folder, words('run', file, args))),
    /** Runs a playbook and kills it as soon as a task of that name has ended on a host. Whether it still ran then. */
    killedAfter: (file: string, task: string): Promise<boolean> => killedAfter(folder, words('run', file, []), task),
  }
}

function told(outcome: Outcome): Told {
  const ends = outcome.stdout.split('\n').flatMap((line) => {
    const end = hostEnd.safeParse(line.startsWith('{') ? JSON.parse(line) : undefined)
    return end.success ? [end.data] : []
  })
  const changes = new Map<string, ToldChange[]>()
  for (const end of ends) changes.set(end.host, [...(changes.get(end.host) ?? []), ...end.changes])
  const unforeseen = ends.filter((end) => end.unforeseen).map(({ task, host }) => `${task} on ${host}`)
  return { ...outcome, changes, unforeseen }
}

/**
 * Every way in which what was made is not what was planned: nothing was made that was not planned, all that was planned
 * was made unless it was said to be conditional, each host in the same order.
 */
export function differences(planned: Told, made: Told): string[] {
  return [...new Set([...planned.changes.keys(), ...made.changes.keys()])].flatMap((host) => {
    const rest = [...(planned.changes.get(host) ?? [])]
    const unplanned = (made.changes.get(host) ?? []).filter((change) => {
      const at = rest.findIndex((one) => fits(one, change))
      const passed = at < 0 ? undefined : rest.slice(0, at)
      if (!passed?.every(({ maybe }) => maybe)) return true
      rest.splice(0, at + 1)
      return false
    })
    return [
      ...unplanned.map(({ summary }) => `${host}: made and not planned here: ${summary}`),
      ...rest.filter(({ maybe }) => !maybe).map(({ summary }) => `${host}: planned and not made: ${summary}`),
    ]
  })
}

function fits(planned: ToldChange, made: ToldChange): boolean {
  if (!planned.open) return planned.fingerprint === made.fingerprint && planned.summary === made.summary
  return fitsSpelledOut(planned.summary, made.summary) && fitsSpelledOut(planned.command, made.command)
}

/** Planned changes that were said to be conditional. */
export function conditional({ changes }: Told): string[] {
  return [...changes].flatMap(([host, list]) =>
    list.flatMap(({ summary, maybe }) => (maybe ? [`${host}: ${summary}`] : [])),
  )
}

export function countOf({ changes }: Told): number {
  return [...changes.values()].flat().length
}

function killedAfter(folder: string, args: readonly string[], task: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: environment })
    let seen = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text
      const id = new RegExp(`"id":"([\\d.]+)","name":"${task}"`).exec(seen)?.[1]
      if (id !== undefined && seen.includes(`{"type":"host.end","task":"${id}"`)) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', (_, signal) => resolve(signal === 'SIGKILL'))
  })
}
