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
# `__et_`: each of the kernel's commands that may run while it is in place does. A block that may
# set or list traps gets a function `trap`, which adds this filter, and hides what is EffectTalk's.
# It cannot remove the traps that bash hides from functions, so it ignores them until the end of
# the block.

# The user's aliases, for keywords too, and limit for functions hold for the user's lines only.
__et_aliases=()
\builtin shopt -q expand_aliases && __et_aliases=(1)
\builtin shopt -u expand_aliases
__et_nesting=()
if [[ -n ${FUNCNEST-} ]]; then
    __et_nesting=("$FUNCNEST")
    \builtin unset -v FUNCNEST || __et_nesting=()
fi

__et_hidden=()
__et_keys=()    # the indices of PROMPT_COMMAND
__et_prompt=()  # its values
__et_strings=() # PS0 and PS1
__et_string=()  # PS1, if it runs commands
__et_plain=("") # PS1, if it neither runs nor changes anything
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
__et_filter=('case "${FUNCNAME[0]-} $BASH_COMMAND" in *__et_*|"trap "*) ;; *) ' '
;; esac')
__et_return_filter=('case ${FUNCNAME[0]-} in trap|__et_*) ;; *) ' '
;; esac')
__et_others=("" "")  # the user's ERR and RETURN traps, as `trap -p` prints them
__et_changed=("" "" "") # whether the block has set them, or DEBUG, by the function `trap`
__et_chain=("" "")   # the text around the user's EXIT trap

# The ERR traps that find which command failed. Bash would run a DEBUG trap for the first one
# again, and shows it under `set -x` in the file BASH_XTRACEFD; the second one runs no command,
# because its redirection fails, and notes only the line; the third one has no word that an alias may
# replace. And the one that is in place, unless the user has set one.
__et_failing=('{ __et_failure "$LINENO" "$BASH_COMMAND" "$_"; } 2>/dev/null'
    '! { :; } 2>/dev/null 0</dev/null/"$((__et_failed[0] = LINENO))"' '__et_failed[0]=$LINENO' '')

# The parts of the DEBUG trap that runs the hooks: before them, one of PROMPT_COMMAND, the end
# of PROMPT_COMMAND, PS1, after them; the texts of guards; the number of jobs, as in a prompt. They
# are not in functions, which a snapshot shows with their line ends.
__et_texts=(
    '\builtin trap - DEBUG
\builtin eval "${__et_debug[0]-}"
__et_mark P "" 1>>"${__et[7]}"
\builtin printf "%s" "${__et_word[0]-}"
__et_word=()
__et_use_aliases
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
__et_ignore_aliases
__et_know "${__et_slot[0]}"
__et_hide
__et_mark P "" 1>>"${__et[1]}"
\builtin :
' 'function set {
    if [[ $1 != -o || $2 != @(vi|emacs) ]]; then
        \builtin set "$@"
    fi
}' 'function trap {
    __et_trap "$@"
} 29>&2 2>/dev/null' 'function fc {
    if [[ -o history ]]; then
        \builtin fc "$@"
    else
        __et_failures=(0)
        \builtin set -o history
        \builtin fc "$@" || __et_failures=("$?")
        \builtin set +o history
        \builtin return "${__et_failures[0]}"
    fi
}' '\builtin unset -f NAME ${__et_none[0]-}
' '\j')

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

# Return whether PS1 neither runs nor changes anything, and note it then: bash may expand it for the
# kernel's lines, too. Of what braces may hold, `${debian_chroot:+($debian_chroot)}` is usual.
__et_is_plain() {
    if [[ ${PS1-} == *\`* || ${PS1-} == *'$'[\(\[]* ]]; then
        \builtin return 1
    fi
    __et_text=("${PS1-}" "" "")
    while [[ ${__et_text[0]} == *'${'* ]]; do
        __et_text[0]=${__et_text[0]#*\$\{}
        __et_text[1]=${__et_text[0]%%\}*} # what is between the braces: a name, and the rest
        __et_text[0]=${__et_text[0]#*\}}
        __et_text[2]=${__et_text[1]%%[:+]*}
        __et_text[1]=${__et_text[1]#"${__et_text[2]}"}
        if [[ ${__et_text[2]} != +([[:alnum:]_]) || ${__et_text[1]} != ?(:)'+'* ||
            ${__et_text[1]} == *"\$${__et_text[2]}"[[:alnum:]_]* ||
            ${__et_text[1]//"\$${__et_text[2]}"/} == *[\$\{\\]* ]]; then
            \builtin return 1
        fi
    done
    __et_plain=("${PS1-}")
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
    if ! __et_is_plain && [[ ${PS1@a} != *r* ]]; then
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
    if [[ ${PS1-} == *@(\`|'$'[\(\[])* && ${PS1@a} != *r* ]] && ! __et_is_broken "PS1=$PS1"; then
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
        __et_list_statuses
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
    if [[ $1 == "trap -- '' DEBUG" && -n ${__et_changed[2]-} ]]; then # removed, see __et_set_trap
        \builtin return 0
    fi
    if [[ $1 == "${__et_debug[1]-}" || -n ${__et_debug[1]-} && $1 == "${__et_debug[0]-}" ]]; then # the same
        \builtin return 0
    fi
    __et_text=("")
    if [[ -n $1 && $1 != 'trap -- - DEBUG' ]]; then # in POSIX mode, this means that there is none
        \builtin eval "__et_text=(${1#trap -- })"
    fi
    __et_remove __et_filter
    __et_note "${__et_text[0]}" "$1"
}

# Remove filter $1 from a trap that a user has saved with it.
__et_remove() {
    \builtin eval "__et_both=(\"\${$1[@]}\")"
    if [[ ${__et_text[0]} == "${__et_both[0]}"*"${__et_both[1]}" ]]; then
        __et_text[0]=${__et_text[0]#"${__et_both[0]}"}
        __et_text[0]=${__et_text[0]%"${__et_both[1]}"}
    fi
}

# Quote the text $1 of a trap as `trap -p` does.
__et_quote() {
    __et_both=("'" "'\\''")
    __et_text=("${1//${__et_both[0]}/${__et_both[1]}}")
}

# Remember the text $1 of the user's DEBUG trap: "" if there is none, or if it is ignored, as $2
# then says.
__et_note() {
    __et_debug=("" "" "$1")
    if [[ -n $1 ]]; then
        __et_quote "$1"
        __et_debug[0]="trap -- '${__et_text[0]}' DEBUG"
        __et_quote "${__et_filter[0]}${__et_debug[2]}${__et_filter[1]}"
        __et_debug[1]="trap -- '${__et_text[0]}' DEBUG"
    elif [[ ${2-} == "trap -- '' DEBUG" ]]; then
        __et_debug[0]=$2
    fi
}

# Do what `trap` does: this is the function `trap` of a block. `set -x` does not show its lines,
# because errors go to 29.
__et_trap() {
    if [[ ${1-} == -- ]]; then
        \builtin shift
    fi
    __et_failures=(0)
    if [[ ${1--p} == -p ]]; then
        if (($#)); then
            \builtin shift
        fi
        __et_list_traps "$@"
    elif [[ $1 == -?* ]]; then
        # shellcheck disable=SC2064 # the user's own arguments
        \builtin trap "$@" 2>&29 || __et_failures=("$?")
    else
        __et_action=(-)
        if (($# > 1)); then
            __et_action=("$1")
            \builtin shift
        fi
        while (($#)); do
            __et_set_trap "${__et_action[0]}" "$1" || __et_failures=(1)
            \builtin shift
        done
    fi
    \builtin return "${__et_failures[0]}"
}

# Set the trap of the signal $2 to $1.
__et_set_trap() {
    case ${2^^} in
        DEBUG)
            # A function does not see the trap of its caller, so it cannot remove it.
            if [[ $1 == - && $- != *T* && ${#FUNCNAME[@]} -gt ${__et_depth[0]} ]]; then
                \builtin return 0
            fi
            __et_changed[2]=1 __et_depth=("${#FUNCNAME[@]}")
            case $1 in
                '') __et_note '' "trap -- '' DEBUG" ;;
                -) __et_note '' ;;
                *) __et_note "$1" ;;
            esac
            if [[ -n ${__et_debug[2]} ]]; then
                \builtin trap -- "${__et_filter[0]}${__et_debug[2]}${__et_filter[1]}" DEBUG
            else
                \builtin trap '' DEBUG
            fi
            ;;
        ERR)
            __et_failing[3]=
            __et_note_other 0 ERR "$1"
            if [[ $1 == - ]]; then
                \builtin trap '' ERR
            else
                \builtin trap -- "$1" ERR
            fi
            ;;
        RETURN)
            __et_note_other 1 RETURN "$1"
            if [[ ${1:--} == - ]]; then
                \builtin trap '' RETURN
            else
                \builtin trap -- "${__et_return_filter[0]}$1${__et_return_filter[1]}" RETURN
            fi
            ;;
        *)
            \builtin trap -- "$1" "$2" 2>&29
            ;;
    esac
}

# Remember the user's trap number $1 of __et_others, $2, with the text $3.
__et_note_other() {
    __et_changed[$1]=1
    if [[ $3 == - ]]; then
        __et_others[$1]=
    else
        __et_quote "$3"
        __et_others[$1]="trap -- '${__et_text[0]}' $2"
    fi
}

# List the user's traps, of these signals if there are any.
__et_list_traps() {
    if (($# == 0)); then
        __et_list_visible_traps
        __et_list_other_traps DEBUG ERR RETURN
    fi
    while (($#)); do
        case ${1^^} in
            DEBUG | ERR | RETURN)
                __et_list_other_traps "$1"
                ;;
            *)
                if \builtin trap -p "$1" 1>/dev/null 2>&29; then
                    __et_list_visible_traps "$1"
                else
                    __et_failures=(1)
                fi
                ;;
        esac
        \builtin shift
    done
}

# List the traps of signals and EXIT, without what is EffectTalk's, and those that functions see
# only under functrace and errtrace.
__et_list_visible_traps() {
    __et_text=("$(\builtin trap -p "$@")"$'\n')
    __et_line=("trap -- '${__et_leaving[0]}' EXIT" "trap -- '${__et_failing[0]}' ERR"
        "trap -- '${__et_failing[1]}' ERR" "trap -- '${__et_failing[2]}' ERR" "${__et_debug[1]}" "${__et_others[0]}" "${__et_others[1]}")
    for ((__et_index[2] = 0; __et_index[2] < ${#__et_line[@]}; __et_index[2]++)); do
        if [[ -n ${__et_line[__et_index[2]]} ]]; then
            __et_text[0]=${__et_text[0]/"${__et_line[__et_index[2]]}"$'\n'/}
        fi
    done
    __et_text[0]=${__et_text[0]/"${__et_chain[0]}"/}
    __et_text[0]=${__et_text[0]/"${__et_chain[1]}${__et_leaving[0]}"/}
    if [[ ${__et_text[0]} != $'\n' ]]; then
        \builtin printf '%s' "${__et_text[0]}"
    fi
}

# List the traps that bash hides from functions.
__et_list_other_traps() {
    while (($#)); do
        case ${1^^} in
            *DEBUG) __et_text=("${__et_debug[0]-}") ;;
            *ERR) __et_text=("${__et_others[0]-}") ;;
            *) __et_text=("${__et_others[1]-}") ;;
        esac
        if [[ -n ${__et_text[0]} ]]; then
            \builtin printf '%s\n' "${__et_text[0]}"
        fi
        \builtin shift
    done
}

# Guard against code that could end the shell. With `set -o vi`, a bash that was started without
# line editing reads the rest of an `eval` from the terminal: so, for a block that has it, a
# function of that name does nothing. `fc` takes the last line of the history for itself only while
# bash records lines. A block that may set or list traps gets a function `trap`, but
# not in POSIX mode, in which bash has no functions with this name.
__et_guard() {
    if [[ ${__et_hints[0]-} == *@(vi|emacs)* ]] && ! \builtin declare -F set >/dev/null; then
        \builtin eval "${__et_texts[5]}"
        __et_park=("${__et_texts[8]/NAME/set}")
    fi
    if [[ ${__et_hints[0]-} == *fc* ]] && ! \builtin declare -F fc >/dev/null; then
        \builtin eval "${__et_texts[7]}"
        __et_park[0]+=${__et_texts[8]/NAME/fc}
    fi
    __et_changed=("" "" "") __et_depth=(3) # of functions, when a block calls `trap` itself
    if [[ ${__et_hints[0]-} == *@(trap|DEBUG|source|eval|.)* ]]; then
        if [[ ${__et_hints[0]-} != *@(RETURN|function)* && ! -o posix && -z ${__et_nesting[0]-} ]] &&
            ! \builtin declare -F trap >/dev/null; then
            \builtin eval "${__et_texts[6]}"
            __et_park[0]+=${__et_texts[8]/NAME/trap}
        fi
        __et_park[0]+=${__et_parking[0]}
    elif [[ -n ${__et_debug[0]-} ]]; then
        __et_park[0]+=${__et_parking[0]}
    fi
}

# Set the ERR trap for a block.
__et_watch_failures() {
    if [[ ${__et_hints[0]-} == *ERR* ]]; then # it may set another one
        __et_failing[3]=
    elif [[ -n ${__et_failing[3]-} ]]; then
        __et_text=(0)
        if [[ ${__et_hints[0]-} == *[{}!]* ]]; then
            __et_text=(2)
        elif [[ -n ${__et_debug[2]-}${BASH_XTRACEFD-}${__et_nesting[0]-} || ${__et_hints[0]-} == *@(BASH_XTRACEFD|DEBUG)* ]]; then
            __et_text=(1)
        fi
        if [[ ${__et_failing[3]} != "${__et_failing[__et_text[0]]}" ]]; then
            __et_failing[3]=${__et_failing[__et_text[0]]}
            \builtin trap -- "${__et_failing[3]}" ERR
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
    elif [[ -n ${__et_debug[0]-} ]]; then
        \builtin trap '' DEBUG
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
    if [[ -n ${__et_nesting[0]-} ]]; then
        FUNCNEST=${__et_nesting[0]} __et_nesting=()
    fi
    \builtin return "${__et_status[0]}"
}

# Set aside the DEBUG trap that a block leaves, and do to ERR and RETURN what the function `trap`
# could not do. It is evaluated at top level, because bash hides these traps from functions. The
# last line of the block may have noted the first one.
__et_parking=('
if ((${#__et_slot[@]} == 0)); then
    __et_slot=("$(\builtin trap -p DEBUG ${__et_none[0]-})")
fi
\builtin trap - DEBUG ${__et_none[0]-}
__et_know "${__et_slot[0]}"
if [[ -n ${__et_changed[0]} && -z ${__et_others[0]} ]]; then
    __et_failing[3]=${__et_failing[0]}
    \builtin trap -- "${__et_failing[0]}" ERR
fi
if [[ -n ${__et_changed[1]} ]]; then
    \builtin trap - RETURN
    \builtin eval "${__et_others[1]:+\\builtin ${__et_others[1]}}"
fi
__et_park=() __et_slot=()
')

# After each block, at top level: run the hooks and set aside what belongs to the prompt.
__et_at_prompt=('
if ((${#__et_hooks[@]})); then
    \builtin eval "${__et_at_prompt[1]}"
fi
if [[ -n ${PROMPT_COMMAND[*]-}${PS0-} || ${PS1-} != "${__et_plain[0]-}" ]]; then
    __et_hide
fi
' '
__et_slot=("$(\builtin trap -p DEBUG ${__et_none[0]-})")
if [[ -n ${__et_slot[0]} ]]; then # set by the block, where nothing showed that it would be
    \builtin trap - DEBUG ${__et_none[0]-}
    __et_know "${__et_slot[0]}"
fi
__et_write_hooks
\builtin trap -- "${__et_script[0]}" DEBUG
\builtin : __et_
')

__et_know "${__et_debug[0]}"

# A line editor written in bash would take the terminal from the kernel.
__et_word=()
if [[ -n ${BLE_VERSION-} ]] || \builtin declare -F ble-attach >/dev/null; then
    \builtin eval 'ble-attach() { \builtin :; }'
    __et_word=($'ble.sh is not started: it edits the lines of a prompt, which a notebook does not have\n')
fi

\builtin readonly __et_filter __et_return_filter __et_texts __et_parking __et_at_prompt __et_broken
\builtin readonly -f __et_list_keys __et_hook __et_is_plain __et_hide __et_show __et_find_hooks __et_write_hooks \
    __et_find_status __et_is_broken __et_guard __et_know __et_note __et_trap __et_watch_failures __et_resume_eval \
    __et_resume_group __et_resume __et_remove __et_quote __et_set_trap __et_note_other __et_list_traps \
    __et_list_visible_traps __et_list_other_traps
