import { PlaybookError } from '../src/core/errors.ts'

/** The lab could not do what was asked, on a machine that has all it needs. */
export class LabError extends PlaybookError {}

/** Called at each long step, with one line for a person. */
export type Progress = (line: string) => void
