import type { RunEvent } from '../core/events.ts'
import type { Palette } from './colour.ts'
import { count, plain } from './text.ts'

/** What stands above a run and each play, and what messages between look like, in the tree as in lines. */
export function heading(
  event: Extract<RunEvent, { type: 'run.start' | 'play.start' | 'message' }>,
  colours: Palette,
): string {
  switch (event.type) {
    case 'run.start':
      return colours.bold(`PLAYBOOK [${event.playbook}]`) + (event.check ? ' (check: nothing is changed)' : '')
    case 'play.start':
      return `${colours.bold(`PLAY [${event.play}]`)} ${count(event.hosts.length, 'host')}`
    case 'message':
      return `${event.level === 'warning' ? colours.yellow('[WARNING]: ') : ''}${plain(event.text)}`
  }
}
