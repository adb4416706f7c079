# As bash-preexec: a DEBUG trap that is set at the first prompt, and takes the line from the history.
preexec_functions=() precmd_functions=()
_pre_ready=
_pre_debug() {
    [ -n "$_pre_ready" ] || return
    [ -n "${COMP_LINE-}" ] && return
    [ "$BASH_SUBSHELL" = 0 ] || return
    _pre_ready=
    case ";$PROMPT_COMMAND;" in *"$BASH_COMMAND"*) return ;; esac
    local line each
    line=$(HISTTIMEFORMAT='' builtin history 1 | sed '1 s/^ *[0-9][0-9]*[* ] //')
    [ -n "$line" ] || return
    for each in "${preexec_functions[@]}"; do "$each" "$line"; done
}
_pre_command() {
    local status=$? each
    for each in "${precmd_functions[@]}"; do (exit $status); "$each"; done
    (exit $status)
}
_pre_interactive() { _pre_ready=on; }
_pre_install() {
    PROMPT_COMMAND=${PROMPT_COMMAND/_pre_install/_pre_command; _pre_interactive}
    trap '_pre_debug "$_"' DEBUG
    _pre_command
    _pre_interactive
}
PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND; }_pre_install"
