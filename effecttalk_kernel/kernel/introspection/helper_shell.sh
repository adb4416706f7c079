# shellcheck shell=bash
#
# A helper shell (bash 4.4 or newer): restores the state of a session, answers one question
# about it, and ends.
#
#   bash helper_shell.sh QUESTION SNAPSHOT DIRECTORY [ARGUMENT...]
#
# QUESTION is a script that defines __eth_answer; its arguments are in __eth_ask[3] and up, the
# session's positional parameters in "$@". All code is parsed before the snapshot is sourced, so
# the user's aliases do not change it. It runs in the EXIT trap, so there is an answer even if
# the snapshot fails half-way. There are no local variables: `local x` fails if the user made x
# readonly.

# In POSIX mode, special builtins are found before functions; the environment may hold a
# function with any name.
POSIXLY_CORRECT=y
\unset -f builtin exec exit set trap unset
\builtin unset -v POSIXLY_CORRECT

# Remove what would change or print the commands of the question; keep the data.
__eth_calm() {
    POSIXLY_CORRECT=y
    \unset -f builtin
    \builtin unset -v POSIXLY_CORRECT
    \builtin unset -f exit set trap
    \builtin trap - DEBUG ERR RETURN EXIT
    \builtin set +aefkuvxCET +o posix
    \builtin shopt -u expand_aliases extdebug failglob
}

# A second `cd` to the same directory would change OLDPWD.
__eth_enter() {
    if [[ ${PWD-} != "$1" || ! . -ef $1 ]]; then
        CDPATH='' \builtin cd -- "$1" >/dev/null 2>&1 || \builtin :
    fi
}

__eth_finish() {
    if [[ -n ${FUNCNEST-} ]]; then # the next function may be one too many
        FUNCNEST=0
    fi
    __eth_calm
    __eth_enter "${__eth_ask[2]}"
    __eth_answer "$@"
    \builtin exit 0
}

# shellcheck disable=SC2218 # \builtin does not call the functions `set` and `trap` below
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

# A snapshot ends with the session's traps and options. They are not wanted here, and `set -n`
# could not be undone.
exit() { \builtin :; }
set() { \builtin :; }
trap() { \builtin :; }
# shellcheck source=/dev/null # the snapshot
{ \builtin . "${__eth_ask[1]}"; } >/dev/null 2>&1 </dev/null || \builtin :
