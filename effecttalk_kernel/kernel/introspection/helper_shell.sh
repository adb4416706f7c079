# shellcheck shell=bash
#
# A helper shell (bash 4.4 or newer): restores a session's state beside the
# session, answers one question about it, and is gone.
#
#   bash helper_shell.sh QUESTION SNAPSHOT DIRECTORY [ARGUMENT...]
#
# QUESTION is a script that defines __eth_answer; it finds its arguments in
# __eth_ask[3] and up, the session's positional parameters in "$@". Everything is
# parsed before the snapshot is sourced, so no alias of the user's meets it, and
# runs from the EXIT trap, so a snapshot that fails half-way still gets an answer.
# As in the session's own script, there are no local variables: `local x` fails
# when the user made x readonly.

# Special builtins come before functions in POSIX mode; the environment can hold
# a function with any name.
POSIXLY_CORRECT=y
\unset -f builtin exec exit set trap unset
\builtin unset -v POSIXLY_CORRECT

# Take away what would change or print our own commands; the data stays.
__eth_calm() {
    POSIXLY_CORRECT=y
    \unset -f builtin
    \builtin unset -v POSIXLY_CORRECT
    \builtin unset -f exit set trap
    \builtin trap - DEBUG ERR RETURN EXIT
    \builtin set +aefkuvxCET +o posix
    \builtin shopt -u expand_aliases extdebug failglob
}

# A second `cd` to the same place would cost the session's OLDPWD.
__eth_enter() {
    if [[ ${PWD-} != "$1" || ! . -ef $1 ]]; then
        CDPATH='' \builtin cd -- "$1" >/dev/null 2>&1 || \builtin :
    fi
}

__eth_finish() {
    __eth_calm
    __eth_enter "${__eth_ask[2]}"
    __eth_answer "$@"
    \builtin exit 0
}

# shellcheck disable=SC2218 # `set` and `trap` below are not what \builtin calls
{
    __eth_ask=("$@")
    \builtin set --
    # shellcheck source=/dev/null # one of the scripts beside this one
    \builtin . "${__eth_ask[0]}"
    \exec {__eth_output}>&1 {__eth_errors}>&2
    \builtin readonly __eth_ask __eth_output __eth_errors
    \builtin readonly -f __eth_calm __eth_enter __eth_finish __eth_answer
    \builtin trap '\__eth_finish "$@" >&"$__eth_output" 2>&"$__eth_errors"' EXIT
}

# A snapshot ends with the session's traps and options, `set -n` among them,
# which nothing could undo. Not one of them is wanted here.
exit() { \builtin :; }
set() { \builtin :; }
trap() { \builtin :; }
# shellcheck source=/dev/null # the snapshot
{ \builtin . "${__eth_ask[1]}"; } >/dev/null 2>&1 </dev/null || \builtin :
