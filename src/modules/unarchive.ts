import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd, sh } from '../core/command.ts'
import { defineModule } from '../core/module.ts'
import { hostPath } from './shared/schema.ts'

const isZip = ({ src }: { readonly src: string }) => src.endsWith('.zip')

/** What an archive on the host holds, unpacked there. */
export const unarchive = defineModule({
  name: 'unarchive',
  description: 'What an archive on the host holds (tar, with any compression, or zip), unpacked there.',
  args: z
    .strictObject({
      src: hostPath.describe('the archive on the host; see getUrl'),
      dest: hostPath.describe('an existing directory'),
      creates: hostPath.optional().describe('not unpacked where this path exists; else what is there is compared'),
      stripComponents: z.int().min(1).optional().describe('leading folders left out of the names; needs creates'),
    })
    .refine(
      (args) => args.creates !== undefined || (!isZip(args) && args.stripComponents === undefined),
      'argument "creates" is needed: this archive cannot be compared with what is there',
    )
    .refine((args) => !isZip(args) || args.stripComponents === undefined, 'stripComponents is for tar'),
  absent: { difference: 'nothing is there' },

  async read({ src, dest, creates }, look): Promise<{ difference: string }> {
    if (creates !== undefined) return { difference: (await look.file(creates)) ? '' : `${creates} is missing` }
    return { difference: (await look.text(compare(src, dest))).trim() }
  },

  *plan({ src, dest, stripComponents }, { difference }): Iterable<Change> {
    if (difference === '') return
    const strip = stripComponents === undefined ? [] : [`--strip-components=${stripComponents}`]
    const command = isZip({ src })
      ? cmd`unzip -q -o ${src} -d ${dest}`
      : cmd`tar -x --no-unquote -f ${src} -C ${dest} ${strip}`
    yield change(`unpack ${src}`, { ...command, timeout: 1800 }, { from: difference, to: 'as in the archive' })
  },
})

/**
 * Prints the first difference in content; owners and times may differ. An archive that an earlier task is to bring is a
 * difference too.
 */
function compare(src: string, dest: string): Command {
  const script = `[ -e "$1" ] || { echo "no archive yet"; exit 0; }
LC_ALL=C tar -d --no-unquote -f "$1" -C "$2" 2>&1 | grep -m 1 -E ': (Contents|Size|Symlink|File type) differs?$|Cannot (stat|open)|This does not look like|Not linked'
exit 0`
  return { ...sh(script, src, dest), display: `tar -d -f ${src} -C ${dest}`, timeout: 600 }
}
