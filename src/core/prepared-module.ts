import type { Change } from './change.ts'
import type { CommandResult } from './command.ts'
import type { Addition } from './host.ts'
import type { Look } from './look.ts'

/** What one look at one host gave. */
export interface Observation<Output> {
  readonly changes: readonly Change[]
  readonly output: Output | undefined
  /** What a plan may take for the output while that is not known. */
  foresee?(): Output | undefined
}

/** A module with checked arguments, ready for one host. */
export interface PreparedModule<Output> {
  /** Whether later tasks can use something of it, so that it is read anew after a change. */
  readonly hasOutput: boolean
  observe(look: Look): Promise<Observation<Output>>
  /** The output alone, after the plan was applied: what a plan refuses to begin with is no matter then. */
  outputNow(look: Look): Promise<Output | undefined>
  /** The plan for a host that cannot be read yet, because what comes before has not been applied. */
  observeAbsent(): Observation<Output>
  /** The output, of what its changes said. */
  answer?(results: readonly CommandResult[]): Output | undefined
  /** What it adds to the inventory of the run. */
  addition?(): ModuleAddition | undefined
}

/** What a module adds to the inventory of the run; without `host`, to the host of its task. */
export type ModuleAddition = Omit<Addition, 'host' | 'location'> & Partial<Pick<Addition, 'host'>>
