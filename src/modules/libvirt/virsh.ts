import { z } from 'zod'
import { type Command, cmd, sh, show } from '../../core/command.ts'

/** The tag for `virsh …`: virsh(uri)`start ${name}`; in English whatever the host speaks. */
export function virsh(uri: string) {
  return (...template: Parameters<typeof cmd>): Command => ({
    argv: ['virsh', '-q', '-c', uri, ...cmd(...template).argv],
    env: { LC_ALL: 'C' },
  })
}

/**
 * The first look at a libvirt: its daemon leaves after two idle minutes and is started by the next who asks (systemd's
 * sockets), and one who comes while it leaves is cut off, which was seen.
 */
export function firstLook(command: Command): Command {
  return { ...command, ...sh('"$@" || { sleep 1; exec "$@"; }', ...command.argv), display: show(command) }
}

export const uri = z
  .string()
  .regex(/^[a-z+]+:\/\/\S*$/, 'a URI of libvirt is expected: qemu:///system')
  .default('qemu:///system')
  .describe('which libvirt of the host')

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID in lower case is expected, such as `uuidgen` prints')

/** A text inside XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
