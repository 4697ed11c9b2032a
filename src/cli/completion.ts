import type { CommandModule } from 'yargs'
import { writeOut } from './stdout.ts'

/** `playbook completion`: the script that makes a shell ask `playbook --get-yargs-completions` (see complete.ts). */
export const completionCommand: CommandModule = {
  command: 'completion',
  describe: 'Print a script that completes commands in bash or zsh',
  handler: () => writeOut(usesZsh() ? zsh : bash),
}

/** Whether who asks is a zsh, by the variables that yargs goes by, too. */
export function usesZsh({ SHELL = '', ZSH_NAME = '' } = process.env): boolean {
  return SHELL.includes('zsh') || ZSH_NAME.includes('zsh')
}

/**
 * Bash breaks words at `:` and other signs of a pattern (COMP_WORDBREAKS), but not within quotes, and replaces only the
 * last piece: pieces with no blank between them are put together again, and the answers cut to that last piece.
 */
const bash = `# playbook completion >> ~/.bashrc
_playbook_completions()
{
    local rest=\${COMP_LINE:0:COMP_POINT} words=() piece head= typed answer i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=\${COMP_WORDS[i]}
        if ((i == 0)) || [[ $rest != "\${rest#[[:blank:]]}" ]]; then
            rest=\${rest#"\${rest%%[![:blank:]]*}"}
            words+=("")
        fi
        ((i == COMP_CWORD)) && piece=$rest
        head=\${words[-1]}
        words[-1]+=$piece
        rest=\${rest#"$piece"}
    done
    [[ $piece == : ]] && head+=$piece
    typed=\${words[-1]}
    case $typed in
        [\\'\\"]*) typed=\${typed:1} ;;
        *) typed=\${typed//\\\\/} ;;
    esac
    words[-1]=$typed
    COMPREPLY=()
    while IFS= read -r answer; do
        [[ $answer == "$typed"* ]] || continue
        if [[ $piece != [\\'\\"]* ]]; then
            printf -v answer %q "$answer"
            answer=\${answer#"$head"}
        fi
        COMPREPLY+=("$answer")
    done < <(SHELL=bash ZSH_NAME= playbook --get-yargs-completions "\${words[@]}")
}
complete -o bashdefault -o default -F _playbook_completions playbook
`

const zsh = `#compdef playbook
# playbook completion >> ~/.zshrc
_playbook_completions()
{
    local answers=("\${(@f)$(SHELL=zsh playbook --get-yargs-completions "\${words[@]}")}")
    if [[ -n $answers ]]; then
        _describe 'values' answers
    else
        _default
    fi
}
if [[ "\${zsh_eval_context[-1]}" == "loadautofunc" ]]; then
    _playbook_completions "$@"
else
    compdef _playbook_completions playbook
fi
`
