# shellcheck shell=bash
# shellcheck disable=SC2154 # the kernel sets __et before it sources this
#
# EffectTalk's part of a bash session (bash 4.4 or newer), sourced once, at top level, after
# the user's start-up files.
#
# The kernel has set, in the array __et:
#   0 nonce   1 mark pipe   2 snapshot pipe   3 go pipe   4 code file
#   5 control terminal   6 mark pipe under another name   7 idle terminal
#   8 snapshot pipe of a shell that exits   9 pipe for the turns of those that write snapshots
#   10 format of the end mark
#
# The pipes and the code file are descriptors of the kernel's process, in /proc. They are
# opened for one direction only, so that the shell does not wait for itself when the kernel
# has ended. Then the number of its process may be that of another one: the two names of the
# mark pipe show that it is still the kernel.
#
# Rules for each line:
# - builtins only, called as `\builtin NAME`: the backslash bypasses aliases, and the word
#   bypasses functions that the user named like a builtin;
# - state is in arrays: `set -a` does not export arrays, so a block's code never gets into the
#   environment of its commands;
# - no local variables: `local x` fails if the user made x readonly;
# - redirections are on single commands: a DEBUG trap runs before them, so its output goes to
#   the idle terminal, where it is dropped;
# - a list of words is expanded as "$@" only: with a control character in IFS, bash splits and
#   changes what "${@:2}" and "${array[@]}" give, even quoted.

__et_status=("${__et_status[0]:-0}")
__et_last=("${__et_last[0]-}")
__et_timeout=("${__et_timeout[0]-}")
__et_disabled+=() # as the state has it
__et_code=() # the block's code, its tail, what to run before it, what to run in its place
__et_place=()
__et_lent=()
__et_strict=()
__et_result=()
__et_failed=()
__et_go=() # whether a child writes the snapshot
__et_to=(2)
__et_functions=() # whether the user had a function after any block
__et_pipes=(0)    # the arithmetic that gives a block the PIPESTATUS of the one before

# Print a mark, KIND FIELD... The nonce separates the fields, because the user's text cannot
# contain it.
__et_mark() {
    # shellcheck disable=SC2059 # printf repeats the format for every field
    \builtin printf -v '__et_text[0]' "%s;${__et[0]};" "$@"
    \builtin printf '\e]133;%s\a' "${__et_text[0]%;}"
}

# Read the code of block $1 and print its start mark on the control terminal, before what
# programs write there. Return the status of the last block, for the first `$?` of this one.
__et_begin() {
    \builtin mapfile -d '' -t __et_code <"${__et[4]}"
    if ((${#__et_code[@]} == 0)); then
        \builtin return 1
    fi
    __et_number=("$1") __et_result=() __et_failed=(0 "") __et_park=() __et_slot=() __et_trace=("" "") __et_hints=()
    if [[ -n ${__et_code[2]-} ]]; then
        \builtin eval "${__et_code[2]}"
    fi
    if [[ -n ${__et_timeout[0]-} ]]; then
        TMOUT=${__et_timeout[0]}
    fi
    if [[ -o verbose ]]; then
        __et_code[1]= # the shell would print it
    fi
    if ((${#__et_code[0]} < 100000)); then
        \builtin history -s -- "${__et_code[0]%$'\n'}"
    fi
    if ((${#__et_hidden[@]})); then
        __et_show
    fi
    # These are for few blocks, and each call takes some microseconds.
    __et_special=()
    if [[ -n ${__et_debug[0]-} || ${__et_flags[0]} == *[xT]* || ${__et_failing[3]-} == @(!|__)* ||
        -n ${__et_hints[0]-}${__et_nesting[0]-} ]]; then
        __et_special=(1)
        __et_guard
    fi
    __et_use_aliases
    if [[ -n ${PS0-} ]]; then
        # An error in it would end the line, but not that of another `eval`.
        \builtin eval '\builtin : "${PS0@P}"' 0</dev/null
    fi
    \builtin printf '\e]133;C;%s;%s;%s\a' "${__et[0]}" "$1" "${__et[0]}" 1>>"${__et[5]}"
    if ((${#__et_special[@]} && ${#__et_traced[@]} == 0)); then
        __et_resume_eval
    fi
    if ((${#__et_disabled[@]})); then
        __et_disable
    fi
    if ((${#__et_traced[@]} == 0)) && [[ -n ${__et_nesting[0]-} ]]; then
        FUNCNEST=${__et_nesting[0]} __et_nesting=()
    fi
    \builtin return "${__et_status[0]}" # the user's DEBUG trap is in place
}

# Let bash expand the user's aliases in what it reads from now on.
__et_use_aliases() {
    if [[ -n ${__et_aliases[0]-} ]]; then
        \builtin shopt -s expand_aliases
        __et_aliases=()
    fi
}

# Let bash expand no aliases: one named `if` or `{` would break the kernel's lines.
__et_ignore_aliases() {
    if [[ $BASHOPTS == *expand_aliases* ]]; then
        \builtin shopt -u expand_aliases
        __et_aliases=(1)
    fi
}

# List the statuses of the block's last pipeline, which were quoted and joined with a character of
# the user's IFS, or with nothing.
__et_list_statuses() {
    __et_both=("${__et_result[1]}")
    __et_text=()
    while [[ ${__et_both[0]} == *\'[0-9]* ]]; do
        __et_both[0]=${__et_both[0]#"${__et_both[0]%%\'[0-9]*}"\'}
        __et_text+=("${__et_both[0]%%\'*}")
        __et_both[0]=${__et_both[0]#*\'}
    done
}

# Write the arithmetic that assigns the elements of PIPESTATUS, if that is not just the status. It
# is evaluated in the expansion before the block's first command: any command would change them.
__et_find_pipes() {
    __et_list_statuses
    if [[ ${PIPESTATUS@a} != *r* ]]; then
        __et_pipes=("")
        for ((__et_index[0] = 0; __et_index[0] < ${#__et_text[@]}; __et_index[0]++)); do
            __et_pipes[0]+="PIPESTATUS[${__et_index[0]}]=${__et_text[__et_index[0]]},"
        done
        __et_pipes[0]+='0'
    fi
}

# Change to directory $1 for one block.
__et_visit() {
    __et_place=("${PWD-}" "${OLDPWD-}")
    CDPATH='' \builtin cd -- "$1" || \builtin :
}

# Export variable $1 with the value $2 for one block.
__et_lend() {
    if ! \builtin declare -p -- "$1" >/dev/null 2>&1; then
        __et_text=("")
    elif [[ -v $1 && ! -R $1 && ${!1@a} == @(|x) ]]; then # a command substitution would fork
        __et_text=("${!1@a}")
        \builtin printf -v '__et_text[0]' 'declare -%s %s=%q' "${__et_text[0]:--}" "$1" "${!1}"
    else
        __et_text=("$(\builtin declare -p -- "$1" 2>/dev/null)")
    fi
    __et_lent+=("$1" "${__et_text[0]}")
    \builtin unset -v -- "$1" || \builtin : # arrays cannot be exported, and -i would evaluate the value
    \builtin export -- "$1=$2" || \builtin :
}

# Let one block end at the first command that fails. The shell ends, too, and a new one gets
# its state, without errexit, see __et_return.
__et_strictly() {
    if ! [[ -o errexit ]]; then
        __et_strict=(1)
        \builtin set -e
    fi
}

# Undo the settings for one block: errexit, directory and variables.
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
        # -g, because this is a function. After `\builtin`, arrays could not be assigned.
        \builtin eval "${__et_lent[__et_index[0] + 1]/#declare /declare -g }" || \builtin :
    done
    __et_lent=()
}

# ERR trap: line, command and last argument of what failed. The last argument keeps the user's
# `$_` as it was. A failure of the `eval` that runs the block is skipped: it has the status of
# the command that failed inside.
__et_failure() {
    # shellcheck disable=SC2016 # compared as text
    if [[ $2 != '\builtin eval -- "${__et_code'* ]]; then
        __et_failed=("$1" "${2:0:1000}")
    fi
}

# End the jobs, as bash does when its terminal hangs up, but not when it writes into a pipe that
# has no reader any more. The group of a job that has ended may be that of another one.
__et_hang_up() {
    \builtin mapfile -t __et_text < <(\builtin jobs -rp; \builtin jobs -sp)
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_text[@]}; __et_index[0]++)); do
        \builtin kill -s HUP -- "-${__et_text[__et_index[0]]}" || \builtin :
        \builtin kill -s CONT -- "-${__et_text[__et_index[0]]}" || \builtin :
    done
}

# Enable all builtins, because the kernel's lines need them, and note which the user has disabled.
__et_enable() {
    \builtin enable mapfile
    \builtin mapfile -t __et_disabled < <(\builtin enable -n)
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_disabled[@]}; __et_index[0]++)); do
        \builtin enable -- "${__et_disabled[__et_index[0]]#enable -n }"
    done
}

# Disable them again for a block, except those that the line of the block needs.
__et_disable() {
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_disabled[@]}; __et_index[0]++)); do
        if [[ ${__et_disabled[__et_index[0]]} != *' '@(builtin|eval|:|return) ]]; then
            \builtin enable -n -- "${__et_disabled[__et_index[0]]#enable -n }"
        fi
    done
}

# Turn job control on again after a failed `exec`, which initializes it with the terminal that is
# its standard error, and with /dev/tty if that is not one. Bash has it in descriptor 255.
__et_control_jobs() {
    if ! [[ /proc/$$/fd/255 -ef ${__et[5]} || /proc/$$/fd/255 -ef /dev/tty ]]; then
        \builtin set -m
        { \builtin exec / || \builtin :; } 2>/dev/null # the group ends the redirection
    fi
}

# Find the line of a syntax error, if the block has one: an interactive bash does not name it.
__et_find_syntax_error() {
    __et_text=("$(/proc/$$/exe -n -O extglob <<<"${__et_code[0]-}" 2>&1)")
    if [[ ${__et_text[0]} =~ ' line '([0-9]+): ]]; then
        __et_failed=("${BASH_REMATCH[1]}" "syntax error")
    fi
}

# Turn off functrace and `set -x`. Under functrace, the traps of the user act in functions, too:
# DEBUG is set aside here, RETURN until the next line at top level.
__et_quiet() {
    # shellcheck disable=SC2086 # no word: its name hides the line from the user's DEBUG trap
    if [[ ${__et_flags[0]} == *T* ]]; then
        __et_returning=("$(\builtin trap -p RETURN ${__et_none[0]-})")
        \builtin trap - RETURN ${__et_none[0]-}
        if [[ -n ${__et_changed[1]-} ]]; then
            __et_returning=("${__et_others[1]}")
        fi
        \builtin eval "${__et_park[0]:-${__et_parking[0]}}"
        __et_park=("${__et_returning[0]/#trap/\\builtin trap}")
    fi
    # shellcheck disable=SC2086 # as above
    \builtin set +Tx ${__et_none[0]-}
}

# Print the end mark. $1 is `end` or `exit`, $2 the status of `eval`, $3 the block's number, $4
# its terminal for errors.
__et_end() {
    # shellcheck disable=SC2086 # no word: its name hides the line from the user's DEBUG trap
    \unset -f builtin ${__et_none[0]-} # such a function would replace each of the kernel's commands
    if [[ -n ${FUNCNEST-} ]]; then # the next function may be one too many
        __et_nesting=("$FUNCNEST")
        \builtin unset -v FUNCNEST || __et_nesting=()
    fi
    # The code's last line is not traced, but this function is, and the DEBUG trap may see it.
    if [[ ${__et_slot[0]-} == *. ]]; then # the code's last line has noted the trap
        # shellcheck disable=SC2086 # no word: its name hides the line from the user's DEBUG trap
        \builtin trap '' DEBUG ${__et_none[0]-}
        __et_slot=("${__et_slot[0]%.}")
        __et_slot=("${__et_slot[0]%$'\n'}")
    else
        __et_slot=()
    fi
    __et_flags=("$-")
    if [[ ${__et_flags[0]} == *[Tx]* ]]; then
        __et_quiet
    fi
    if [[ -n ${__et_trace[0]-} ]]; then
        BASH_XTRACEFD=${__et_trace[0]}
    fi
    __et_ignore_aliases
    if [[ $1 == exit && ${BASHPID-$$} != "$$" ]]; then
        \builtin return 0
    fi
    __et_go=()
    if ! [[ ${__et[1]} -ef ${__et[6]} ]]; then # the kernel has ended, and the session with it
        if [[ $1 == end ]]; then
            \builtin exit
        fi
        __et_go=(gone)
        __et_hang_up
        \builtin return 0
    fi
    __et_disabled=()
    \builtin enable compgen
    if \builtin compgen -A disabled; then
        __et_enable
    fi
    if ((${#__et_result[@]} == 0)); then # the code's last line did not run
        if [[ $1 == end && $2 == 2 ]]; then
            __et_find_syntax_error
        fi
        __et_result=("$2" "'$2'" "")
    fi
    if ((${#__et_hidden[@]})); then
        __et_show
    fi
    if ((${#__et_place[@]} || ${#__et_lent[@]} || ${#__et_strict[@]})); then
        __et_return
    fi
    if [[ -z ${4-} ]]; then
        __et_jobs=()
    else
        __et_tell "$4"
    fi
    __et_hooks=() __et_string=()
    if [[ $1 == end && (-n ${PROMPT_COMMAND[*]-}${__et_word[0]-} || ${PS1-} != "${__et_plain[0]-}") ]]; then
        __et_find_hooks
    fi
    # shellcheck disable=SC2059 # the format is a constant
    \builtin printf "${__et[10]}" "${3:-${__et_number[0]-0}}" "$1" "${__et_result[0]}" \
        "${__et_failed[0]-}" "${__et_failed[1]-}" "${PWD-}" "${__et_result[1]}" 1>>"${__et[1]}"
    # What the kernel does not wait for.
    __et_code=()
    __et_number=("${3:-${__et_number[0]-0}}")
    __et_status=("${__et_result[0]}")
    __et_last=("${__et_result[2]}")
    __et_pipes=(0)
    if [[ ${__et_result[1]} != "'${__et_status[0]}'" ]]; then
        __et_find_pipes
    fi
    if [[ $- != *m* ]]; then
        __et_control_jobs
    fi
    # An idle shell with TMOUT would log out; the next block gets it back.
    __et_timeout=()
    if [[ -n ${TMOUT-} ]]; then
        __et_timeout=("$TMOUT")
        \builtin unset TMOUT || __et_timeout=() # it is readonly
    fi
    # `set -o vi` enables readline, which would edit the kernel's lines.
    if [[ -o vi || -o emacs ]]; then
        \builtin set +o vi +o emacs
    fi
    if [[ -o history ]]; then # it would record the kernel's lines
        \builtin set +o history
    fi
    \builtin return "${__et_status[0]}"
}

# Print commands that push the entries of the directory stack except the first, deepest first.
__et_directories() {
    for ((__et_index[0] = ${#DIRSTACK[@]} - 1; __et_index[0] > 0; __et_index[0]--)); do
        \builtin printf '\\builtin pushd -n -- %q\n' "${DIRSTACK[__et_index[0]]/#\~/$HOME}"
    done
}

# Print the session's state, except options, traps and jobs, as a script; "$@" are the
# positional parameters. The options follow it.
# The order matters when it is sourced: aliases must not change the text of functions, a
# function named complete must not receive the output of `complete -p`, and errexit comes last.
# Variables that a new bash sets are unset first, in case the session has unset them.
__et_definitions() {
    \builtin printf '%s\n' '\builtin shopt -u expand_aliases' '\builtin shopt -s extglob'
    \builtin printf 'CDPATH= %s cd -- %q\n' '\builtin' "${PWD-}"
    if ((${#DIRSTACK[@]} > 1)); then
        __et_directories
    fi
    \builtin printf '\\builtin unset -v %s\n' 'HISTFILE HISTFILESIZE HISTSIZE HOSTNAME HOSTTYPE' \
        'IFS MACHTYPE MAILCHECK OLDPWD OPTERR OPTIND OSTYPE' 'PATH PS1 PS2 PS4 PWD SHELL SHLVL TERM'
    \builtin declare -p
    if [[ -n ${__et_timeout[0]-} ]]; then
        \builtin printf 'TMOUT=%q\n' "${__et_timeout[0]}"
    fi
    if [[ -n ${__et_nesting[0]-} ]]; then
        \builtin printf 'FUNCNEST=%q\n' "${__et_nesting[0]}"
    fi
    if (($#)); then
        \builtin printf '%s' '\builtin set --'
        \builtin printf ' %q' "$@"
        \builtin printf '\n'
    else
        \builtin printf '%s\n' '\builtin set --'
    fi
    \builtin umask -p
    \builtin printf '%s\n' '# functions' '\builtin unset -f complete'
    \builtin complete -p
    # Without one of the user, EffectTalk's need not be printed, which takes long.
    if ((${#__et_functions[@]})) || \builtin compgen -A function -X '__et_*' >/dev/null; then
        __et_functions=(1)
        \builtin declare -f
    fi
    \builtin alias -p
}

# Print the first part of the snapshot: definitions, unless a child prints them later, and options.
__et_write_first() {
    if ((${#__et_go[@]} == 0)); then
        __et_definitions "$@"
    fi
    \builtin printf '# options\n'
    if [[ -n ${__et_aliases[0]-} ]]; then
        \builtin shopt -s expand_aliases
    fi
    \builtin shopt -p || \builtin :
    \builtin shopt -u expand_aliases
    \builtin set +o
    if [[ ${__et_flags[0]} == *T* ]]; then
        \builtin printf 'set -T\n'
    fi
    if [[ ${__et_flags[0]} == *x* ]]; then
        \builtin printf 'set -x\n'
    fi
}

# Print the last part: the end of the script, and after it the process groups and texts of the jobs.
# The shell would take those that it lists itself for known to the user, and not tell of their end.
__et_write_last() {
    if [[ -n ${__et_debug[0]-} ]]; then
        \builtin printf '%s\n' "${__et_debug[0]}"
    fi
    \builtin printf '%s\n' '\builtin return 0' '# jobs'
    if ((${__et_jobs[0]:-1})); then
        \builtin jobs -p
        \builtin printf '%s\n' "$(\builtin jobs)"
    fi
    if ((${#__et_go[@]})); then
        __et_fork "$@"
    else
        __et_mark S "${__et_number[0]-0}"
    fi
}

# Write the parts that may be large, and the mark that ends the snapshot, after the others, when it
# is the turn of this process. Standard output and input are the pipes for that: their paths lead to
# other pipes once the kernel has read the first mark.
__et_write_rest() {
    __et_mark F "${BASHPID-$$}"
    if \builtin read -r -a __et_go; then
        __et_definitions "$@" || \builtin :
        __et_mark S "${__et_number[0]-0}"
    fi
}

# Let a child write them, which has a copy of the shell's memory: bash takes 0.2 s to list 10,000
# variables. It is not a job, does not change `$!`, and the substitution does not wait for it. It
# goes on when the shell ends, but not when the kernel has ended.
__et_fork() {
    __et_mark F ""
    __et_text=("$(\builtin trap '' HUP INT; { __et_write_rest "$@"; } 0<"${__et[9]}" 1>>"${__et[2]}" 2>/dev/null & \builtin printf 1)")
    if [[ -z ${__et_text[0]} ]]; then # there may be no more processes
        __et_write_rest "$@" 0<"${__et[9]}" 1>>"${__et[2]}"
    fi
}

# Let bash tell terminal $1 of the jobs that have stopped or ended, as it does before a prompt. It
# does so after any child: one for nothing is forked if there were jobs after the last block, or
# the block has started one. No output is captured, because `ulimit -f 0` forbids to write a file.
# The jobs that run or are stopped are counted before: bash may not have told of one that ends
# meanwhile. `\j` counts them; `compgen -A job` crashes bash when its table of jobs is full.
__et_tell() {
    __et_text=("${__et_texts[9]@P}" "${!-}")
    if ((${__et_jobs[0]:-1})) || [[ ${__et_text[1]} != "${__et_jobs[1]-}" ]]; then
        { (\builtin :); } 2<>"$1"
    fi
    __et_jobs=("${__et_text[0]}" "${__et_text[1]}")
}

# Wait until the kernel has flushed the input of the control terminal: what was typed for the
# block that ended must not be read as a command. It sends a word if the state is large; without
# the kernel, there is an end of file.
__et_wait() {
    if ! \builtin read -r -a __et_go <"${__et[3]}" && ! [[ ${__et[1]} -ef ${__et[6]} ]]; then
        __et_go=(gone)
    fi
}

# Report the exit status of a background block to the kernel, in one write.
__et_report() {
    \builtin printf '%s %s\n' "${__et_number[0]}" "$1" 1>&28 || \builtin :
}

# Set `$?` to the block's status.
__et_restatus() {
    \builtin return "${__et_status[0]}"
}

\builtin readonly -f __et_use_aliases __et_ignore_aliases __et_list_statuses __et_find_pipes
\builtin readonly -f __et_quiet __et_enable __et_disable __et_report __et_hang_up __et_control_jobs __et_find_syntax_error __et_visit __et_lend __et_strictly __et_return
\builtin readonly -f __et_mark __et_begin __et_failure __et_end __et_directories \
    __et_definitions __et_write_first __et_write_last __et_write_rest __et_fork __et_tell __et_wait __et_restatus

# The snapshot: definitions, options, traps, jobs, mark. It is evaluated at top level, where the
# ERR trap is visible. If the kernel expects a large one, the definitions come last.
# shellcheck disable=SC2016 # expanded when evaluated, not here
__et_snapshot=('
if [[ ${__et_go[0]-} != gone ]]; then
    {
        __et_write_first "$@"
        \builtin trap -p
        __et_write_last "$@"
    } 1>>"${__et[${__et_to[0]:-2}]}" || \builtin :
fi
')

# A background block is a job of two subshells. The inner one runs its code; the outer one
# survives the signals that end the inner one, and reports how it ended. Bash's messages about
# both go to the outer one's standard error, which is dropped; 29 is the block's, 28 the pipe for
# the report. 255 is bash's own descriptor of the control terminal: after each DEBUG trap, the inner
# one would make its process group the foreground one (run_debug_trap in trap.c), and a shell that
# is not in the foreground exits when it reads its next line. It is one line, so that the first line
# of the code is line 1.
# shellcheck disable=SC2016
{
    __et_background=('\builtin trap : HUP INT QUIT TERM USR1 USR2 ALRM; ')
    __et_background[0]+='__et_strict=(); if [[ $- == *e* ]]; then __et_strict=("\builtin set -e; "); fi; \builtin set +e; '
    __et_background[0]+='( \builtin eval -- "${__et_strict[0]-}${__et_code[3]:-${__et_code[0]}}" ) 2>&29 28>&- 29>&- 255>&-; '
    __et_background[0]+='__et_status=("$?"); __et_report "${__et_status[0]}"; \builtin exit "${__et_status[0]}"'
}

# EXIT trap: save the state when the shell exits, at top level, as above. Under errexit, the
# status of __et_end would end the trap. A child that is killed right after it was forked runs
# the trap, too: it must not write a snapshot. After __et_end, aliases for keywords do no harm.
# shellcheck disable=SC2016
__et_leaving=('{
    __et_end exit "$?" || \builtin : __et_
    \builtin eval "${__et_park[0]-}"
    \builtin eval "${__et_leaving[1]-}"
} >/dev/null 2>&1' '
__et_to=(8)
[[ ${BASHPID-$$} != "$$" ]] || \builtin eval "${__et_snapshot[0]}"
')

# The user may unset every variable: `unset $(compgen -v)`.
\builtin readonly __et __et_snapshot __et_background __et_leaving
\builtin set +o history +o vi +o emacs
__et_flags=("${__et_flags[0]:-$-}")
\builtin set +Tx
# Traps of the user stay (in POSIX mode, `trap -- - EXIT` means that there is none); the kernel
# appends this one to an EXIT trap that it finds in a snapshot.
if [[ $(\builtin trap -p EXIT) != "trap -- '"* ]]; then
    # shellcheck disable=SC2064 # this is the text of the trap
    \builtin trap "${__et_leaving[0]}" EXIT
fi
if [[ $(\builtin trap -p ERR) != "trap -- '"* ]]; then
    # shellcheck disable=SC2064 # this is the text of the trap
    \builtin trap "${__et_failing[0]}" ERR
    __et_failing[3]=${__et_failing[0]}
fi
__et_hooks=()
__et_find_hooks
__et_mark R "${BASH_VERSINFO[0]}" "${BASH_VERSINFO[1]}" "${PWD-}" 1>>"${__et[1]}"
