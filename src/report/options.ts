/** How text for people is to look; the same for every reporter that makes some. */
export interface ReportOptions {
  /** Where the text goes; called with whole lines, or with pieces of a terminal's picture. */
  readonly write: (text: string) => void
  readonly colour: boolean
  /** Size of the terminal, which may change. */
  readonly columns: () => number
  readonly rows: () => number
  /** 0: what happened; 1 (`-v`): commands and live output; 2 and more: everything. */
  readonly verbosity: number
  /** Show what each change turns into what. */
  readonly diff: boolean
  /** Print the slowest tasks at the end. */
  readonly profile: boolean
  /** Folder that the paths of playbooks are shown relative to. */
  readonly folder: string
}

/** More hosts than this are folded into counts, with the exceptions named. */
export const foldAbove = 10
