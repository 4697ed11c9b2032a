import {
  DefaultRenderer,
  ListrDefaultRendererLogLevels as Level,
  Listr,
  ListrLogger,
  type ListrTask,
  ProcessOutput,
} from 'listr2'
import type { ReportOptions } from './options.ts'
import type { Queue } from './queue.ts'

/** A line, or some, of the picture. */
export interface Row {
  /** What it says now. It is asked again and again, and once more when all is over. */
  title(): string
  /** Settles when it has ended. */
  readonly done: Promise<void>
  /** Rows below it; it ends after the last of them. */
  readonly below?: Queue<Row>
}

/** Milliseconds between two looks at the titles, and at least between two drawings. */
const refreshTime = 200
const drawTime = 80

/**
 * The caller decides whether there is a terminal; listr2 need not look for one. And it would draw at every event, which
 * with many hosts takes all the time there is.
 */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true
  #drawn = 0

  override update(): void {
    const now = performance.now()
    if (now - this.#drawn < drawTime) return
    this.#drawn = now
    super.update()
  }
}

/** Draws rows until the queue is closed and all of them have ended, and leaves them standing as text. */
export async function drawGroup(group: Queue<Row>, options: ReportOptions): Promise<void> {
  const titles = new Map<{ title: string | undefined }, Row>()
  const refresh = () => {
    for (const [line, row] of titles) line.title = row.title()
  }
  const toTask = (row: Row): ListrTask => ({
    title: row.title(),
    task: (_context, line) => {
      titles.set(line, row)
      const ending: ListrTask = { task: () => row.done.then(refresh) }
      return line.newListr([...(row.below ? comingFrom(row.below) : []), ending], { concurrent: true })
    },
  })
  /** listr2 takes no rows once it runs; but a row without a title may turn into more rows when they come. */
  const comingFrom = (queue: Queue<Row>): ListrTask[] => [
    {
      task: async (_context, line) => {
        const rows = await queue.next()
        if (rows.length === 0) return undefined
        return line.newListr([...rows.map(toTask), ...comingFrom(queue)], { concurrent: true })
      },
    },
  ]
  const timer = setInterval(refresh, refreshTime)
  try {
    await new Listr(comingFrom(group), settings(options)).run()
  } finally {
    clearInterval(timer)
  }
}

function settings({ write, colour, columns, rows }: ReportOptions) {
  const stream = { write, columns: columns(), rows: rows(), isTTY: true } as unknown as NodeJS.WriteStream
  const yellow = (text = '') => (colour ? `\u001b[33m${text}\u001b[39m` : text)
  return {
    concurrent: true,
    registerSignalListeners: false,
    renderer: TerminalRenderer,
    rendererOptions: {
      collapseSubtasks: false,
      formatOutput: 'wrap' as const,
      logger: new ListrLogger({ processOutput: new ProcessOutput(stream, stream) }),
      // A row says itself how it ended.
      icon: { [Level.COMPLETED]: '' },
      color: { [Level.PENDING]: yellow },
    },
  }
}
