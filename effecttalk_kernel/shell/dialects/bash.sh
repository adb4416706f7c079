# shellcheck shell=bash
# shellcheck disable=SC2154 # the kernel sets __et before it sources this
#
# EffectTalk's part of a bash session (bash 4.4 or newer), sourced once, at top
# level, after the user's own start-up files.
#
# The kernel has set, in the array __et:
#   0 nonce   1 mark FIFO   2 snapshot FIFO   3 go FIFO   4 code file
#   5 control terminal   6 FIFO of the reports of blocks in the background
#
# Rules that every line keeps:
# - builtins only, called as `\builtin NAME`: the backslash skips aliases, the
#   word skips functions that the user named like a builtin;
# - state lives in arrays: `set -a` exports no array, so a block's code never
#   ends up in the environment of its commands;
# - no local variables: `local x` fails when the user made x readonly;
# - redirections stand on single commands: a DEBUG trap runs before them, so
#   what it prints goes to the shell's idle output, which nobody reads.

__et_status=("${__et_status[0]:-0}")
__et_last=("${__et_last[0]-}")
__et_timeout=("${__et_timeout[0]-}")
__et_code=() # the block's code, its tail, what to run before it, what to run in its place
__et_place=()
__et_lent=()
__et_strict=()
__et_result=()
__et_failed=()

# Print a mark: PLACE KIND FIELD... in one write. The nonce separates the fields,
# because no text of the user's can contain it.
__et_mark() {
    # shellcheck disable=SC2059 # printf repeats the format for every field
    \builtin printf -v '__et_text[0]' ";${__et[0]};%s" "${@:3}"
    \builtin printf '\e]133;%s%s;%s\a' "$2" "${__et_text[0]}" "${__et[0]}" 1<>"${__et[$1]}"
}

# Read the code of block $1 and print its start mark, on the control terminal: what
# programs write there comes after it. Returns the status of the
# last block, so that the first `$?` of this one sees it.
__et_begin() {
    \builtin mapfile -d '' -t __et_code <"${__et[4]}"
    if ((${#__et_code[@]} == 0)); then
        \builtin return 1
    fi
    __et_number=("$1") __et_result=() __et_failed=()
    if [[ -n ${__et_code[2]-} ]]; then
        \builtin eval "${__et_code[2]}"
    fi
    if [[ -n ${__et_timeout[0]-} ]]; then
        TMOUT=${__et_timeout[0]}
    fi
    if [[ -o verbose ]]; then
        __et_code[1]= # it would be echoed
    fi
    if ((${#__et_code[0]} < 100000)); then
        \builtin history -s -- "${__et_code[0]%$'\n'}"
    fi
    __et_mark 5 C "$1"
    \builtin return "${__et_status[0]}"
}

# The last line of a block's text: status, PIPESTATUS..., last argument. It runs
# inside the block's `eval`, because PIPESTATUS does not survive that, and
# succeeds, so that errexit and ERR do not see the same failure twice.
__et_tail() {
    __et_result=("$@")
}

# Go to directory $1 for one block.
__et_visit() {
    __et_place=("${PWD-}" "${OLDPWD-}")
    CDPATH='' \builtin cd -- "$1" || \builtin :
}

# Export variable $1 with the value $2 for one block.
__et_lend() {
    if ! \builtin declare -p -- "$1" >/dev/null 2>&1; then
        __et_text=("")
    elif [[ -v $1 && ! -R $1 && ${!1@a} == @(|x) ]]; then # a substitution would cost a process
        __et_text=("${!1@a}")
        \builtin printf -v '__et_text[0]' 'declare -%s %s=%q' "${__et_text[0]:--}" "$1" "${!1}"
    else
        __et_text=("$(\builtin declare -p -- "$1" 2>/dev/null)")
    fi
    __et_lent+=("$1" "${__et_text[0]}")
    \builtin unset -v -- "$1" || \builtin : # no array can be exported, and -i would compute
    \builtin export -- "$1=$2" || \builtin :
}

# Let one block end with the first command that fails. The shell ends with it, and
# its state goes to a new one: without errexit, see below.
__et_strictly() {
    if ! [[ -o errexit ]]; then
        __et_strict=(1)
        \builtin set -e
    fi
}

# Give back what the block was lent, and go back to where it was.
__et_return() {
    if ((${#__et_strict[@]})); then
        \builtin set +e
        __et_strict=()
    fi
    if ((${#__et_place[@]})); then
        CDPATH='' \builtin cd -- "${__et_place[0]}" || \builtin :
        OLDPWD=${__et_place[1]}
        __et_place=()
    fi
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_lent[@]}; __et_index[0] += 2)); do
        \builtin unset -v -- "${__et_lent[__et_index[0]]}" || \builtin :
        # -g: here is a function. Behind `\builtin`, no array could be assigned.
        \builtin eval "${__et_lent[__et_index[0] + 1]/#declare /declare -g }" || \builtin :
    done
    __et_lent=()
}

# ERR trap: line, command and last argument of what failed. The last argument
# is there so that the user's `$_` stays what it was. That our own `eval` fails
# is no news: it has the status of what it evaluated.
__et_failure() {
    # shellcheck disable=SC2016 # a text to compare with
    if [[ $2 != '\builtin eval -- "${__et_code'* ]]; then
        __et_failed=("$1" "${2:0:1000}")
    fi
}

# Print the end mark: KIND (end, exit), status of `eval`, number of the block.
__et_end() {
    if [[ $1 == exit && ${BASHPID-$$} != "$$" ]]; then
        \builtin return 0
    fi
    if ((${#__et_result[@]} == 0)); then
        __et_result=("$2" "$2" "")
    fi
    if ((${#__et_place[@]} || ${#__et_lent[@]} || ${#__et_strict[@]})); then
        __et_return
    fi
    __et_status=("${__et_result[0]}")
    __et_last=("${__et_result[@]: -1}")
    __et_code=()
    __et_number=("${3:-${__et_number[0]-0}}")
    __et_mark 1 D "${__et_number[0]}" "$1" "${__et_status[0]}" "${__et_failed[0]-}" "${__et_failed[1]-}" "${PWD-}" \
        "${__et_result[@]:1:${#__et_result[@]}-2}"
    # An idle shell with TMOUT set would log out; the block gets it back.
    __et_timeout=()
    if [[ -n ${TMOUT-} ]]; then
        __et_timeout=("$TMOUT")
        \builtin unset TMOUT || __et_timeout=() # it is readonly
    fi
    # `set -o vi` switches readline on, which would edit the kernel's lines.
    if [[ -o vi || -o emacs ]]; then
        \builtin set +o vi +o emacs
    fi
    \builtin return "${__et_status[0]}"
}

# Entries of the directory stack but the first, deepest first, as pushd wants.
__et_directories() {
    for ((__et_index[0] = ${#DIRSTACK[@]} - 1; __et_index[0] > 0; __et_index[0]--)); do
        \builtin printf '\\builtin pushd -n -- %q\n' "${DIRSTACK[__et_index[0]]/#\~/$HOME}"
    done
}

# Print the session's state, but its traps, as a script; "$@" are the positional
# parameters. Order matters when it is sourced: no alias may meet a function's
# text, no function named complete what `complete -p` prints; errexit comes last.
# What a fresh bash sets by itself goes first: it may have been unset.
__et_state() {
    \builtin printf '%s\n' '\builtin shopt -u expand_aliases' '\builtin shopt -s extglob'
    \builtin printf 'CDPATH= %s cd -- %q\n' '\builtin' "${PWD-}"
    __et_directories
    \builtin printf '\\builtin unset -v %s\n' 'HISTFILE HISTFILESIZE HISTSIZE HOSTNAME HOSTTYPE' \
        'IFS MACHTYPE MAILCHECK OLDPWD OPTERR OPTIND OSTYPE' 'PATH PS1 PS2 PS4 PWD SHELL SHLVL TERM'
    \builtin declare -p
    if [[ -n ${__et_timeout[0]-} ]]; then
        \builtin printf 'TMOUT=%q\n' "${__et_timeout[0]}"
    fi
    \builtin printf '%s' '\builtin set --'
    if (($#)); then
        \builtin printf ' %q' "$@"
    fi
    \builtin printf '\n'
    \builtin umask -p
    \builtin printf '%s\n' '# functions' '\builtin unset -f complete'
    \builtin complete -p
    \builtin declare -f
    \builtin declare -Fx
    \builtin alias -p
    \builtin printf '# options\n'
    \builtin shopt -p || \builtin :
    \builtin set +o
    if [[ -n ${__et_traced[0]-} ]]; then
        \builtin printf 'set -T\n'
    fi
}

# Print what ends the script, and behind it the process groups and texts of the jobs.
__et_jobs() {
    \builtin printf '%s\n' '\builtin return 0' '# jobs'
    \builtin jobs -p
    \builtin jobs
}

# Wait until the kernel has flushed the control terminal's input: nothing that
# was typed for the block that ended may be read as a command.
__et_wait() {
    \builtin read -r -a __et_go <"${__et[3]}" || \builtin :
}

# Tell the kernel the exit status of a block in the background, in one write.
__et_report() {
    \builtin printf '%s %s\n' "${__et_number[0]}" "$1" 1<>"${__et[6]}" || \builtin :
}

# Make `$?` what it was at the block's end.
__et_restatus() {
    \builtin return "${__et_status[0]}"
}

\builtin readonly -f __et_report __et_visit __et_lend __et_strictly __et_return
\builtin readonly -f __et_mark __et_begin __et_tail __et_failure __et_end __et_directories \
    __et_state __et_jobs __et_wait __et_restatus

# The snapshot: state, traps, jobs, mark. Evaluated at top level, where DEBUG and
# ERR traps can be seen. A DEBUG trap that functions inherit (functrace) would
# print into it.
# shellcheck disable=SC2016 # expanded when evaluated, not here
__et_snapshot=('
if [[ -o functrace ]]; then
    __et_traced=(1)
    \builtin set +T
fi
__et_state "$@" 1<>"${__et[2]}" || \builtin :
\builtin trap -p 1<>"${__et[2]}" || \builtin :
__et_jobs 1<>"${__et[2]}" || \builtin :
__et_mark 2 S "${__et_number[0]-0}"
if [[ -n ${__et_traced[0]-} ]]; then
    __et_traced=()
    \builtin set -T
fi
')

# A block in the background: a job of two subshells. The inner one runs its code; the
# outer one outlives what ends that, and tells how it has ended. What bash prints of both
# goes to the outer one's standard error, which nobody reads; 29 is the block's own. All in
# one line: the first line of the code is line 1.
# shellcheck disable=SC2016
{
    __et_background=('\builtin trap : HUP INT QUIT TERM USR1 USR2 ALRM; ')
    __et_background[0]+='__et_strict=(); if [[ $- == *e* ]]; then __et_strict=("\builtin set -e; "); fi; \builtin set +e; '
    __et_background[0]+='( \builtin eval -- "${__et_strict[0]-}${__et_code[3]:-${__et_code[0]}}" ) 2>&29 29>&-; '
    __et_background[0]+='__et_status=("$?"); __et_report "${__et_status[0]}"; \builtin exit "${__et_status[0]}"'
}

# EXIT trap: the shell goes away, its state stays. At top level, as above. The
# status of __et_end would end the trap under errexit. A child that is killed as
# soon as it is forked runs the trap, too: it has no state to tell.
# shellcheck disable=SC2016
__et_leaving=('{
    __et_end exit "$?" || \builtin :
    [[ ${BASHPID-$$} != "$$" ]] || \builtin eval "${__et_snapshot[0]}"
} >/dev/null 2>&1')

\builtin unset HISTFILE
\builtin set +o history +o vi +o emacs
# A trap of the user's own stays (in POSIX mode, none is shown as `trap -- - EXIT`); the kernel adds ours to an EXIT trap that it
# finds in a snapshot.
if [[ $(\builtin trap -p EXIT) != "trap -- '"* ]]; then
    # shellcheck disable=SC2064 # this is the text of the trap
    \builtin trap "${__et_leaving[0]}" EXIT
fi
if [[ $(\builtin trap -p ERR) != "trap -- '"* ]]; then
    # shellcheck disable=SC2016
    \builtin trap '__et_failure "$LINENO" "$BASH_COMMAND" "$_"' ERR
fi
__et_mark 1 R "$BASH_VERSION" "${PWD-}"
