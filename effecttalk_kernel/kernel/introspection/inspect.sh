# shellcheck shell=bash
# shellcheck disable=SC2154 # helper_shell.sh sets __eth_ask before it sources this
#
# The question "what is this?": PLACE NAME PATH. Prints the first of the kinds that
# PLACE asks for and that knows NAME; PATH is NAME as a quoted shell word, or empty.
# Nothing that NAME could start is ever run. `return` has a number because in a
# trap it would else give the status of the command before the trap.

__eth_variable() {
    \builtin declare -p -- "${__eth_ask[4]}" 2>/dev/null
}

# What a program is, where there is no page about it.
__eth_program() {
    \builtin printf '\n'
    \builtin command -p ls -ldL -- "$1"
    if \builtin type -P file >/dev/null; then
        \builtin command file -bL -- "$1" </dev/null
    elif IFS='' \builtin read -r -n 200 __eth_line <"$1" && [[ $__eth_line == '#!'* ]]; then
        \builtin printf '%s\n' "$__eth_line"
    fi
}

__eth_manual() {
    \builtin type -P man >/dev/null || \builtin return 1
    __eth_page=$(
        MANWIDTH=80 MANROFFOPT=-c GROFF_NO_SGR=1 MANOPT='' \builtin command man -P cat -- "$1" </dev/null
    ) && [[ $__eth_page == *$'\n'*$'\n'* && $__eth_page != 'This system has been minimized'* ]] &&
        \builtin printf '\n%s\n' "$__eth_page"
}

__eth_external() {
    \builtin type -a -- "$1"
    __eth_manual "${1##*/}" || __eth_program "$(\builtin type -P -- "$1")"
}

__eth_command() {
    \builtin alias -- "$1" && \builtin printf '\n'
    # expand_aliases is off, so no answer is "alias"
    case $(\builtin type -t -- "$1") in
    function) \builtin declare -f -- "$1" ;;
    builtin | keyword) \builtin help "$1" || \builtin type -a -- "$1" ;;
    file) __eth_external "$1" ;;
    *) \builtin alias -- "$1" >/dev/null ;;
    esac
}

__eth_file() {
    [[ -n ${__eth_ask[5]} ]] || \builtin return 1
    \builtin eval "__eth_path=${__eth_ask[5]}"
    [[ -e $__eth_path || -L $__eth_path ]] || \builtin return 1
    \builtin command -p ls -ld -- "$__eth_path"
}

__eth_answer() {
    # nothing on stderr is about the user's word
    case ${__eth_ask[3]} in
    variable) __eth_variable ;;
    command) __eth_command "${__eth_ask[4]}" || __eth_file || __eth_variable ;;
    argument) __eth_file || __eth_variable || __eth_command "${__eth_ask[4]}" ;;
    esac 2>/dev/null
}
\builtin readonly -f __eth_variable __eth_program __eth_manual __eth_external __eth_command __eth_file
