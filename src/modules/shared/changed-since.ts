import { type Command, sh } from '../../core/command.ts'

/**
 * Prints which files changed after a unit was started: `anything` of them, or the `content` alone, which a change of owner
 * and mode leaves as it was. systemd tells the time to the second, so a change within the second of the start counts as
 * read; TZ keeps it from names of time zones that are ambiguous.
 */
export function changedSince(
  unit: string,
  files: readonly string[],
  what: 'anything' | 'content' = 'anything',
): Command {
  const script = `started=$(TZ=UTC0 systemctl show -p ActiveEnterTimestamp -- "$1")
[ -n "\${started#*=}" ] || exit 0
started=$(date -u -d "\${started#*=}" +%s) || exit
shift
for file do
  [ ! -e "$file" ] || [ "$(stat -L -c ${what === 'content' ? '%Y' : '%Z'} -- "$file")" -le "$started" ] || printf '%s\\n' "$file"
done`
  return { ...sh(script, unit, ...files), display: `changed since ${unit} was started: ${files.join(' ')}` }
}
