/**
 * The shell program that stands at the far end of a channel, one for each user we work as. It reads lines:
 *
 * - `run NONCE SIZE`, followed by SIZE bytes of script: starts the script in a process group of its own. Whatever the
 *   script prints goes to the channel (its standard error is file descriptor 3, see script.ts); `NONCE end` on both
 *   streams says that it is over.
 * - `stop NONCE`: TERM to the group, KILL to what is left of it after 5 s, then `NONCE stopped` on both streams.
 * - `over`: the script has ended; what it left in its group is no concern of ours any more.
 *
 * When its input ends (we hung up, or were killed, or the network was cut) while a script runs, it does the same as for
 * `stop`, so that nothing is left running on the host. Processes that left the group (daemons) are not touched.
 *
 * `head` may read more than it was told to (busybox buffers), so nothing may be sent after a script until something
 * came back. The script goes on to its shell through a pipe, by the printf builtin: what is in it is never an argument
 * that others could see, nor a file.
 *
 * Without a builtin printf a secret could end up in an argument, without setsid a script could not be ended: both are
 * checked first (`TOKEN missing-…`). A leader that has ended stays a zombie until it is waited for, so that its number
 * cannot belong to another process by the time `running` looks at it.
 *
 * `LC_ALL` is set for the shells only, not for what they run: bash is several times slower in a locale where it has to
 * look at characters, and in some of those a byte of a character can look like a quote.
 *
 * The text has to survive as one word in single quotes in any login shell: no line break, no `'`, no `!` (csh expands
 * it even there), no double backslash (fish).
 */
const program = String.raw`
exec 3>&2 2>/dev/null;
[ "\${LC_ALL+x}" ] || LC_ALL=C;
m() { printf "%s %s\n" "$1" "$2"; printf "%s %s\n" "$1" "$2" >&3; };
case $(command -v printf) in printf) ;; *) m TOKEN missing-printf; exit;; esac;
for c in setsid head cat sleep; do command -v $c >&2 || { m TOKEN missing-$c; exit; }; done;
stop() {
  kill -TERM -$j || kill -TERM $j; i=0;
  while i=$((i+1)); sleep 0.1 || { sleep 1; i=$((i+9)); }; kill -0 -$j && [ $i -lt 50 ]; do :; done;
  kill -KILL -$j; j=;
};
running() { [ "$j" ] && read -r a b state c </proc/$j/stat && [ "$state" = "\${state#Z}" ]; };
leader="[ \"\${LC_ALL+x}\" ] || LC_ALL=C; read -r n; trap : TERM; (eval \"\$(cat)\"); m() { printf \"%s end\n\" \$n; }; m; m >&3";
last="\$$(printf "\041")"; j=;
m TOKEN ready;
while read -r verb nonce size; do
  case $verb in
    run) script=$(head -c $size);
      printf "%s\n%s" $nonce "$script" | setsid sh -c "$leader" & eval "j=$last"; script=;;
    stop) stop; m $nonce stopped;;
    over) j=;;
  esac;
done;
if running; then stop; fi
`
  .trim()
  .replace(/\n\s*/g, ' ')
  .replaceAll('\\${', '${')

/** The program, to be given to `sh -c`; `TOKEN ready` on both streams tells that it listens. */
export function supervisorProgram(token: string): string {
  return program.replaceAll('TOKEN', token)
}
