# As iTerm2's integration: marks around the prompt and the output, by a DEBUG trap.
if [[ -z ${ITERM_INSTALLED-} ]]; then
    ITERM_INSTALLED=yes
    it_prefix() { printf '\033]133;D;%s\a' "$it_last"; }
    it_mark() { printf '\033]133;A\a'; }
    it_suffix() { printf '\033]133;B\a'; }
    it_in_command=1
    it_preexec() {
        [ -z "$it_in_command" ] || return
        it_in_command=1
        printf '\033]133;C;\a' >/dev/tty
        echo "preexec $BASH_COMMAND" >>~/hooks
    }
    it_prompt() {
        it_last=$?
        echo "precmd $it_last" >>~/hooks
        PS1="\[\$(it_prefix)\$(it_mark)\]\u\$ \[\$(it_suffix)\]"
        printf '\033]1337;CurrentDir=%s\a' "$PWD"
        it_in_command=
    }
    PROMPT_COMMAND='it_prompt'
    trap 'it_preexec' DEBUG
fi
