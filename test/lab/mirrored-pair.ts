import { expect } from '@jest/globals'
import { z } from 'zod'
import { type LabUp, labDown, labFiles, whyNoLab } from '../../lab/index.ts'
import { type Outcome, playbook, project } from '../cli/support.ts'
import { onConsole } from './support.ts'

const keptLab = process.env.PLAYBOOK_TEST_LAB

/**
 * A lab that no other run shares: two runs that want a pool in two modes would never agree. While a test is written,
 * PLAYBOOK_TEST_LAB names one that stays up.
 */
export const mirrorLab: LabUp = { name: keptLab ?? `mi${process.pid.toString(36)}` }

/** Takes the lab down after the tests, unless it is one that stays up. */
export async function endLab(): Promise<void> {
  if (keptLab === undefined && !whyNoLab()) await labDown(mirrorLab.name)
}

export type Site = 'east' | 'west'
export const bothSites: readonly Site[] = ['east', 'west']

/** A change of a run as `host: what`. */
export type MadeChange = string

export interface PlaybookRun extends Outcome {
  readonly changes: readonly MadeChange[]
}

const hostEnd = z.object({
  type: z.literal('host.end'),
  host: z.string(),
  changes: z.array(z.object({ summary: z.string(), counts: z.boolean().optional() })),
})

/** A folder that runs playbooks on the lab. */
export function pairFolder(files: Readonly<Record<string, string>> = {}) {
  const folder = project(files)
  const inventory = labFiles(mirrorLab.name).inventory
  /** Runs a playbook; what it changed, or with `--check` would change, is read from its events. */
  const attempt = (file: string, ...args: string[]): PlaybookRun => {
    const outcome = playbook(folder, ['run', file, '-i', inventory, '--no-typecheck', '--output', 'json', ...args])
    return { ...outcome, changes: changesIn(outcome.stdout) }
  }
  const run = (file: string, ...args: string[]): readonly MadeChange[] => {
    const { code, changes, stdout, stderr } = attempt(file, ...args)
    if (code !== 0) throw new Error(`${file} ${args.join(' ')}: exit code ${code}\n${stderr}${failuresIn(stdout)}`)
    return changes
  }
  return { attempt, run }
}

function changesIn(stdout: string): MadeChange[] {
  return stdout.split('\n').flatMap((line) => {
    const event = hostEnd.safeParse(parse(line))
    if (!event.success) return []
    const { host, changes } = event.data
    return changes.filter(({ counts = true }) => counts).map(({ summary }) => `${host}: ${summary}`)
  })
}

function failuresIn(stdout: string): string {
  return stdout
    .split('\n')
    .filter((line) => line.includes('"failure"'))
    .join('\n')
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Runs a script on a site's first monitor. */
export function atSite(site: Site, script: string): Promise<string> {
  return atHost(`${site}-storage-1`, script)
}

export async function atHost(host: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await onConsole(mirrorLab.name, host, script)
  if (code !== 0) throw new Error(`${host}: ${script}: exit code ${code}\n${stderr}`)
  return stdout
}

export async function jsonAt(site: Site, command: string) {
  return JSON.parse(await atSite(site, command))
}

/** Looks every second until it is so; fails with what was seen last. */
export async function eventually<T>(look: () => Promise<T>, expected: unknown, seconds = 120): Promise<void> {
  const end = Date.now() + seconds * 1000
  let last = await tried(look)
  while (Date.now() < end) {
    try {
      expect(last).toEqual(expected)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      last = await tried(look)
    }
  }
  expect(last).toEqual(expected)
}

async function tried<T>(look: () => Promise<T>): Promise<T | string> {
  try {
    return await look()
  } catch (error) {
    return String(error)
  }
}
