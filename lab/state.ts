import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { InputError } from '../src/core/errors.ts'
import { labDir, labFiles, labsRoot } from './paths.ts'

const flavour = z.enum(['debian', 'el'])
const host = z.object({ name: z.string(), octet: z.int().min(2).max(254), groups: z.array(z.string()).readonly() })
const site = z.object({ name: z.string(), flavour, hosts: z.array(host).readonly() })
const layers = z.object({ lower: z.array(z.string()).readonly(), repository: z.string() })

const labState = z.object({
  name: z.string(),
  subnet: z.string(),
  topology: z.object({ sites: z.array(site).readonly() }),
  /** The trees that a flavour's disks were laid over when they were made; a disk fits no other. */
  layers: z.partialRecord(flavour, layers),
})

/** What is known of a lab, from its first `up` to its `down`. */
export type LabState = z.infer<typeof labState>

export async function readState(lab: string): Promise<LabState | undefined> {
  const { state } = labFiles(lab)
  if (!existsSync(state)) return undefined
  return labState.parse(JSON.parse(await readFile(state, 'utf8')))
}

export async function requireState(lab: string): Promise<LabState> {
  const state = await readState(lab)
  if (state) return state
  throw new InputError({ summary: `there is no lab ${lab}`, hint: `playbook lab up --name ${lab}` })
}

export async function writeState(state: LabState): Promise<void> {
  const { state: path } = labFiles(state.name)
  await mkdir(labDir(state.name), { recursive: true, mode: 0o755 })
  await writeFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`)
  await rename(`${path}.new`, path)
}

/** The names of all labs that have something on this machine. */
export async function labNames(): Promise<string[]> {
  return await readdir(labsRoot()).catch(() => [])
}
