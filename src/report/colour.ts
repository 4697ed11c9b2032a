import type { HostStatus } from '../core/events.ts'

export type Paint = (text: string) => string

export interface Palette {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly cyan: Paint
  readonly magenta: Paint
}

const codes: Record<keyof Palette, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  magenta: [35, 39],
}

const coloured = paletteOf(
  ([on, off]) =>
    (text) =>
      text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`,
)
const uncoloured = paletteOf(() => (text) => text)

/** Colours for a terminal (ECMA-48 SGR), or none. */
export function palette(enabled: boolean): Palette {
  return enabled ? coloured : uncoloured
}

/** Ansible's colour of each status, so that eyes trained there find their way. */
export function statusPaint(colours: Palette, status: HostStatus): Paint {
  switch (status) {
    case 'ok':
      return colours.green
    case 'changed':
      return colours.yellow
    case 'skipped':
      return colours.cyan
    case 'failed':
      return colours.red
    case 'unreachable':
      return colours.magenta
  }
}

function paletteOf(paint: (code: readonly [number, number]) => Paint): Palette {
  return {
    bold: paint(codes.bold),
    dim: paint(codes.dim),
    red: paint(codes.red),
    green: paint(codes.green),
    yellow: paint(codes.yellow),
    cyan: paint(codes.cyan),
    magenta: paint(codes.magenta),
  }
}
