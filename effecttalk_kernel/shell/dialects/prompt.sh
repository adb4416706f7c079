# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the arrays are shared with bash.sh and the kernel's lines
# shellcheck disable=SC2016 # texts are expanded when they are evaluated
#
# What the user's shell does around a prompt: hooks, prompt strings, DEBUG trap and tracing.
# Sourced before bash.sh, whose rules hold here, too.
#
# Bash itself would do all that for the kernel's lines. So it is set aside while the shell is
# idle: a block begins with it in place, and after the block the hooks run as before a prompt.
#
# The hooks run inside a DEBUG trap, because bash runs no DEBUG trap inside another one: a hook
# may set such a trap, and the kernel's lines after it can set it aside.
#
# A DEBUG trap that was set aside returns with a filter, which skips commands that contain
# `__et_`: each of the kernel's commands that may run while it is in place does.

__et_hidden=()
__et_keys=()    # the indices of PROMPT_COMMAND
__et_prompt=()  # its values
__et_strings=() # PS0 and PS1
__et_string=()  # PS1, if it runs commands
__et_hooks=()   # whether there is something to run
__et_script=()  # the text of the DEBUG trap that runs it
__et_at=()      # the hook that runs
__et_pipe=()    # the command that gives it the status of the block
__et_slot=()    # what `trap -p DEBUG` prints
__et_park=()    # what sets aside the DEBUG trap that a block leaves
__et_none=()
__et_hints=()   # the words in the code for which the shell takes precautions
__et_trace=()   # the user's BASH_XTRACEFD, while it is another file: at the end, at the beginning
__et_traced=()  # whether the block is a group of the shell's input
__et_flags=("${__et_flags[0]-}") # `$-` after the last block
# The user's DEBUG trap, as `trap -p` prints it: without the filter, with it, and its text.
__et_debug=("${__et_debug[0]-}" "" "")
__et_filter=('case $BASH_COMMAND in *__et_*) ;; *) ' '
;; esac')

# The ERR traps that find which command failed. Bash would run a DEBUG trap for the first one
# again, and shows it under `set -x` in the file BASH_XTRACEFD; the second one runs no command,
# because its redirection fails, and notes only the line. And the one that is in place, unless
# the user has set one.
__et_failing=('{ __et_failure "$LINENO" "$BASH_COMMAND" "$_"; } 2>/dev/null'
    'if { :; } 2>/dev/null 0</dev/null/"$((__et_failed[0] = LINENO))"; then :; fi' '')

# The parts of the DEBUG trap that runs the hooks: before them, one of PROMPT_COMMAND, the end
# of PROMPT_COMMAND, PS1, after them; and the texts of guards. They are not in functions, which a
# snapshot shows with their line ends.
__et_texts=(
    '\builtin trap - DEBUG
\builtin eval "${__et_debug[0]-}"
__et_mark P "" 1>>"${__et[7]}"
\builtin printf "%s" "${__et_word[0]-}"
__et_word=()
' '__et_at=("${__et_prompt[INDEX]}")
__et_mark H "${__et_at[0]:0:1000}" 1>>"${__et[1]}"
STATUS
\builtin eval -- "${__et_prompt[INDEX]}"
' '__et_mark H "" 1>>"${__et[7]}"
' '__et_at=("${__et_string[0]}")
__et_mark H "${__et_at[0]:0:1000}" 1>>"${__et[1]}"
\builtin : "${PS1@P}" 0</dev/null
' '__et_slot=("$(\builtin trap -p DEBUG)")
\builtin trap - DEBUG
__et_know "${__et_slot[0]}"
__et_hide
__et_mark P "" 1>>"${__et[1]}"
\builtin :
' 'set() {
    if [[ $1 != -o || $2 != @(vi|emacs) ]]; then
        \builtin set "$@"
    fi
}' 'trap() {
    \builtin trap - DEBUG ${__et_none[0]-}
    __et_trap "$@"
} 2>/dev/null' '\builtin unset -f NAME ${__et_none[0]-}
')

# List the indices of PROMPT_COMMAND, unless it is readonly or of a kind that bash ignores.
__et_list_keys() {
    __et_keys=("${!PROMPT_COMMAND[@]}")
    if ((${#__et_keys[@]})) && [[ ${PROMPT_COMMAND[${__et_keys[0]}]@a} == *[Ar]* ]]; then
        __et_keys=()
    fi
}

# Set element $1 of PROMPT_COMMAND to $2. Without an index, element 0 stays what it is: the
# variable itself, or a part of an array.
__et_hook() {
    if [[ $1 == 0 ]]; then
        \builtin printf -v PROMPT_COMMAND '%s' "$2"
    else
        \builtin printf -v "PROMPT_COMMAND[$1]" '%s' "$2"
    fi
}

# Set the prompt's variables aside. A readonly one stays as it is, and bash uses it.
__et_hide() {
    if ((${#__et_hidden[@]})); then
        \builtin return 0
    fi
    __et_prompt=() __et_strings=() __et_keys=()
    if [[ -n ${PROMPT_COMMAND[*]-} ]]; then
        __et_list_keys
    fi
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_keys[@]}; __et_index[0]++)); do
        __et_prompt[__et_index[0]]=${PROMPT_COMMAND[${__et_keys[__et_index[0]]}]}
        __et_hook "${__et_keys[__et_index[0]]}" ''
    done
    if [[ -n ${PS0-} && ${PS0@a} != *r* ]]; then
        __et_strings[0]=$PS0
        \builtin printf -v PS0 ''
    fi
    if [[ ${PS1-} == *@(\`|'$'[\(\{])* && ${PS1@a} != *r* ]]; then # it may run or change something
        __et_strings[1]=$PS1
        \builtin printf -v PS1 ''
    fi
    if ((${#__et_keys[@]} || ${#__et_strings[@]})); then
        __et_hidden=(1)
    fi
}

# Put the prompt's variables back.
__et_show() {
    if ((${#__et_hidden[@]} == 0)); then
        \builtin return 0
    fi
    __et_hidden=()
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_keys[@]}; __et_index[0]++)); do
        __et_hook "${__et_keys[__et_index[0]]}" "${__et_prompt[__et_index[0]]}"
    done
    if [[ -v __et_strings[0] ]]; then
        \builtin printf -v PS0 '%s' "${__et_strings[0]}"
    fi
    if [[ -v __et_strings[1] ]]; then
        \builtin printf -v PS1 '%s' "${__et_strings[1]}"
    fi
}

# Return whether the hook $1 has been the end of a shell.
__et_is_broken() {
    for ((__et_index[1] = 0; __et_index[1] < ${#__et_broken[@]}; __et_index[1]++)); do
        if [[ $1 == "${__et_broken[__et_index[1]]}"* ]]; then
            \builtin return 0
        fi
    done
    \builtin return 1
}

# Find out whether the prompt has hooks, and tell the kernel, which then waits for their end.
__et_find_hooks() {
    __et_prompt=()
    __et_list_keys
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_keys[@]}; __et_index[0]++)); do
        __et_prompt[__et_index[0]]=${PROMPT_COMMAND[${__et_keys[__et_index[0]]}]}
        if __et_is_broken "${__et_prompt[__et_index[0]]}"; then
            __et_prompt[__et_index[0]]=
        fi
        if [[ -n ${__et_prompt[__et_index[0]]} ]]; then
            __et_hooks=(1)
        fi
    done
    if ((${#__et_word[@]})); then
        __et_hooks=(1)
    fi
    if [[ ${PS1-} == *@(\`|'$(')* && ${PS1@a} != *r* ]] && ! __et_is_broken "PS1=$PS1"; then
        __et_hooks=(1)
        __et_string=("PS1=$PS1")
    fi
    if ((${#__et_hooks[@]})); then
        __et_mark H "" 1>>"${__et[1]}"
    fi
}

# Write the command that gives a hook the status of the block, and its PIPESTATUS if there is more
# than one. Under errexit, a pipeline that fails would end the shell.
__et_find_status() {
    __et_pipe=('__et_restatus "${__et_last[0]}" && \builtin : "${__et_last[0]}"')
    if [[ ${__et_result[1]-} == *\'*\'*\'* && $- != *e* ]]; then
        \builtin eval "__et_text=(${__et_result[1]})"
        if [[ ${#__et_text[@]} != 1 && ${__et_text[${#__et_text[@]} - 1]} == "${__et_status[0]}" ]]; then
            \builtin printf -v '__et_pipe[0]' '(\\builtin exit %d) | ' "${__et_text[@]}"
            __et_pipe[0]=${__et_pipe[0]% | }
        fi
    fi
}

# Write the text of the DEBUG trap that runs the hooks. Each has a line of its own, because an
# error ends the line. The status that it finds is that of the block.
__et_write_hooks() {
    __et_find_status
    __et_script=("${__et_texts[0]}")
    for ((__et_index[0] = 0; __et_index[0] < ${#__et_prompt[@]}; __et_index[0]++)); do
        if [[ -n ${__et_prompt[__et_index[0]]} ]]; then
            __et_text=("${__et_texts[1]//INDEX/${__et_index[0]}}")
            __et_script[0]+=${__et_text[0]/STATUS/"${__et_pipe[0]}"}
        fi
    done
    __et_script[0]+=${__et_texts[2]}
    if ((${#__et_string[@]})); then
        __et_script[0]+=${__et_texts[3]}
    fi
    __et_script[0]+=${__et_texts[4]}
}

# Remember the user's DEBUG trap, $1, as `trap -p DEBUG` prints it.
__et_know() {
    if [[ $1 == "${__et_debug[1]-}" ]]; then # it has not changed
        \builtin return 0
    fi
    __et_text=("")
    if [[ -n $1 ]]; then
        \builtin eval "__et_text=(${1#trap -- })"
    fi
    if [[ ${__et_text[0]} == "${__et_filter[0]}"*"${__et_filter[1]}" ]]; then # saved by a user
        __et_text[0]=${__et_text[0]#"${__et_filter[0]}"}
        __et_text[0]=${__et_text[0]%"${__et_filter[1]}"}
    fi
    __et_note "${__et_text[0]}"
}

# Remember the text of the user's DEBUG trap; "" if there is none, or if it is ignored.
__et_note() {
    __et_debug=("" "" "$1")
    if [[ -n $1 ]]; then
        __et_text=("'" "'\\''")
        __et_text[0]=${__et_debug[2]//${__et_text[0]}/${__et_text[1]}}
        __et_debug[0]="trap -- '${__et_text[0]}' DEBUG"
        __et_debug[1]="trap -- '${__et_filter[0]}${__et_text[0]}${__et_filter[1]}' DEBUG"
    fi
}

# Do what `trap` does, with the filter before a DEBUG trap. A function can set that trap for its
# caller, but not remove it, so without one it is ignored.
__et_trap() {
    if [[ $1 == -- ]]; then
        \builtin shift
    fi
    case $* in
        '-p DEBUG')
            if [[ -n ${__et_debug[0]-} ]]; then
                \builtin printf '%s\n' "${__et_debug[0]}"
            fi
            ;;
        '' | -p)
            \builtin trap -p
            __et_trap -p DEBUG
            ;;
        DEBUG | '- DEBUG')
            __et_note ''
            \builtin trap '' DEBUG
            ;;
        *' DEBUG')
            if (($# != 2)); then
                # shellcheck disable=SC2064 # the user's own arguments
                \builtin trap "$@"
                \builtin return
            fi
            __et_note "$1"
            \builtin trap -- "${__et_filter[0]}${__et_debug[2]}${__et_filter[1]}" DEBUG
            ;;
        *)
            # shellcheck disable=SC2064 # the user's own arguments
            \builtin trap "$@"
            ;;
    esac
}

# Guard against code that could end the shell. With `set -o vi`, a bash that was started without
# line editing reads the rest of an `eval` from the terminal: so, for a block that has it, a
# function of that name does nothing. A block that may set or show a DEBUG trap gets a function
# that adds and hides the filter.
__et_guard() {
    if [[ ${__et_hints[0]-} == *@(vi|emacs)* ]] && ! \builtin declare -F set >/dev/null; then
        \builtin eval "${__et_texts[5]}"
        __et_park=("${__et_texts[7]/NAME/set}")
    fi
    if [[ -n ${__et_debug[0]-} || ${__et_hints[0]-} == *@(DEBUG|source|eval|.)* ]]; then
        if [[ ${__et_hints[0]-} == *trap* && ${__et_hints[0]-} != *@(ERR|RETURN)* ]] &&
            ! \builtin declare -F trap >/dev/null; then
            \builtin eval "${__et_texts[6]}"
            __et_park[0]+=${__et_texts[7]/NAME/trap}
        fi
        __et_park[0]+=${__et_parking[0]}
    fi
}

# Set the ERR trap for a block.
__et_watch_failures() {
    if [[ ${__et_hints[0]-} == *ERR* ]]; then # it may set another one
        __et_failing[2]=
    elif [[ -n ${__et_failing[2]-} ]]; then
        __et_text=(0)
        if [[ -n ${__et_debug[2]-}${BASH_XTRACEFD-} || ${__et_hints[0]-} == *@(BASH_XTRACEFD|DEBUG)* ]]; then
            __et_text=(1)
        fi
        if [[ ${__et_failing[2]} != "${__et_failing[__et_text[0]]}" ]]; then
            __et_failing[2]=${__et_failing[__et_text[0]]}
            \builtin trap -- "${__et_failing[2]}" ERR
        fi
    fi
}

# Put the user's DEBUG trap and options in place for a block, but `set -x` only if $1 is `trace`.
# A function that bash does not trace may set this trap for its caller. It sees what follows it.
__et_resume() {
    __et_watch_failures
    if [[ ${__et_flags[0]} == *T* ]]; then
        \builtin set -T
    fi
    if [[ -n ${__et_debug[2]-} ]]; then
        \builtin trap -- "${__et_filter[0]}${__et_debug[2]}${__et_filter[1]}" DEBUG
    fi
    if [[ $1 == trace && ${__et_flags[0]} == *x* ]]; then
        # shellcheck disable=SC2086 # no word: its name hides the line from the user's DEBUG trap
        \builtin set -x ${__et_none[0]-}
    fi
}

# Do that for a block that is run by `eval`. The file BASH_XTRACEFD would get the line of the
# block, too, so then the block itself turns on `set -x`.
__et_resume_eval() {
    if [[ ${__et_flags[0]} == *x* && -n ${BASH_XTRACEFD-} ]]; then
        __et_code[0]="\\builtin set -x; ${__et_code[0]}"
        __et_resume later
    else
        __et_resume trace
    fi
}

# Do that at the beginning of a block that is a group of the shell's input, and return the status
# for its first `$?`. The file BASH_XTRACEFD gets nothing before the group itself, see TRACE_FILE.
__et_resume_group() {
    __et_traced=()
    if [[ ${__et_flags[0]} == *x* && -n ${BASH_XTRACEFD-} ]]; then
        __et_trace[1]=$BASH_XTRACEFD
        BASH_XTRACEFD=2
    fi
    __et_resume trace
    \builtin return "${__et_status[0]}"
}

# Set aside the DEBUG trap that a block leaves. It is evaluated at top level, because bash hides
# the trap from functions.
__et_parking=('
__et_slot=("$(\builtin trap -p DEBUG ${__et_none[0]-})")
\builtin trap - DEBUG ${__et_none[0]-}
__et_know "${__et_slot[0]}"
__et_park=()
')

# After each block, at top level: run the hooks and set aside what belongs to the prompt.
__et_at_prompt=('
if ((${#__et_hooks[@]})); then
    __et_slot=("$(\builtin trap -p DEBUG ${__et_none[0]-})")
    if [[ -n ${__et_slot[0]} ]]; then # set by the block, where nothing showed that it would be
        \builtin trap - DEBUG ${__et_none[0]-}
        __et_know "${__et_slot[0]}"
    fi
    __et_write_hooks
    \builtin trap -- "${__et_script[0]}" DEBUG
    \builtin : __et_
fi
if [[ -n ${PROMPT_COMMAND[*]-}${PS0-} || ${PS1-} == *@(\`|'$'[\(\{])* ]]; then
    __et_hide
fi
')

__et_know "${__et_debug[0]}"

# A line editor written in bash would take the terminal from the kernel.
__et_word=()
if [[ -n ${BLE_VERSION-} ]] || \builtin declare -F ble-attach >/dev/null; then
    \builtin eval 'ble-attach() { \builtin :; }'
    __et_word=($'ble.sh is not started: it edits the lines of a prompt, which a notebook does not have\n')
fi

\builtin readonly __et_filter __et_texts __et_parking __et_at_prompt __et_broken
\builtin readonly -f __et_list_keys __et_hook __et_hide __et_show __et_find_hooks __et_write_hooks \
    __et_find_status __et_is_broken __et_guard __et_know __et_note __et_trap __et_watch_failures __et_resume_eval \
    __et_resume_group __et_resume
