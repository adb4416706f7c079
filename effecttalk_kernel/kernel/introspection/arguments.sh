# shellcheck shell=bash
# shellcheck disable=SC2154 # helper_shell.sh sets __eth_ask before it sources this
#
# The question "which arguments does this command take here?", answered by bash's programmable
# completion:
#
#   arguments BASE PREFIX CURRENT LINE WORD...
#
# WORDs are the COMP_WORDS, the last one without quotes; CURRENT is the part of it to replace.
# BASE and PREFIX are for a file name that is the whole word.
#
# The first pair of the answer is `by` and `specification`, `files` or `nothing`.

\builtin . "${BASH_SOURCE[0]%/*}/complete.sh"

# Possible places of bash-completion; in Debian, only ~/.bashrc loads it.
__eth_libraries=(
    /usr/share/bash-completion/bash_completion
    /usr/local/share/bash-completion/bash_completion
    /opt/homebrew/share/bash-completion/bash_completion
    /etc/bash_completion
)

# The builtin works only in readline: record the options that a function sets.
__eth_compopt() {
    __eth_before=$__eth_options
    while [[ $# -ge 2 && $1 == [-+]o ]]; do
        __eth_options=${__eth_options//" $2 "/ }
        if [[ $1 == -o ]]; then __eth_options+="$2 "; fi
        \builtin shift 2
    done
    if (($#)); then # it sets those of other commands
        __eth_options=$__eth_before
    fi
}

__eth_printed() {
    __eth_spec=$(\builtin complete -p "$@" 2>/dev/null)
}

# Find the specification for command $1, in bash's order.
__eth_find() {
    for __eth_name in "$1" "${1##*/}"; do
        if __eth_printed -- "$__eth_name"; then
            __eth_spec=${__eth_spec%"$__eth_name"}
            \builtin return 0
        fi
    done
    __eth_printed -D
}

__eth_find_library() {
    for __eth_library in "${__eth_libraries[@]}"; do
        [[ -r $__eth_library ]] && \builtin return 0
    done
    \builtin return 1
}

# Read the specification "$@"; __eth_rest is the part for compgen.
__eth_read_spec() {
    __eth_options=' ' __eth_function='' __eth_command='' __eth_rest=()
    while (($#)); do
        __eth_taken=2
        case $1 in
        -o) __eth_options+="$2 " ;;
        -F) __eth_function=$2 ;;
        -C) __eth_command=$2 ;;
        -[AGWXPS]) __eth_rest+=("$1" "$2") ;;
        -[a-z]) __eth_rest+=("$1") __eth_taken=1 ;;
        *) __eth_taken=1 ;; # the name: -D
        esac
        case "$1 ${2-}" in
        -[fdG]\ * | '-A file' | '-A directory') __eth_options+='filenames ' ;;
        esac
        \builtin shift "$__eth_taken" || \builtin break
    done
}

# $1 command, $2 current word, $3 previous word. Status 124 means that the function has loaded
# another specification.
__eth_call() {
    COMP_WORDS=("${__eth_words[@]}") COMP_CWORD=$((${#__eth_words[@]} - 1))
    COMP_LINE=${__eth_ask[7]} COMP_POINT=${#__eth_ask[7]} COMP_KEY=9 COMP_TYPE=9
    if [[ $__eth_function == __start_* ]]; then
        # Functions by Cobra (kubectl, docker, gh) add descriptions, except for menu-complete.
        COMP_TYPE=37
    fi
    COMPREPLY=()
    if [[ -n $__eth_function ]]; then
        "$__eth_function" "$@" >/dev/null 2>&1 </dev/null
        if (($? == 124)); then
            \builtin return 124
        fi
    fi
    __eth_found=("${COMPREPLY[@]}")
    if [[ -n $__eth_command ]]; then
        __eth_read < <(
            \builtin export COMP_LINE COMP_POINT COMP_KEY COMP_TYPE
            \builtin eval "$__eth_command \"\$@\""
        )
    fi
}

__eth_read() {
    \builtin mapfile -t -O "${#__eth_found[@]}" __eth_found
} 2>/dev/null

__eth_given() {
    COMPREPLY=("${__eth_found[@]}")
}

# Apply the rest of a specification: its lists, filter, prefix and suffix.
__eth_generate() {
    if ((${#__eth_rest[@]})); then
        \builtin mapfile -t __eth_found < <(
            \builtin compgen "${__eth_rest[@]}" -F __eth_given -- "${__eth_ask[6]}" 2>/dev/null
        )
    fi
    if [[ $__eth_options == *' plusdirs '* || ($__eth_options == *' dirnames '* && ${#__eth_found[@]} == 0) ]]; then
        __eth_options+='filenames '
        __eth_read < <(\builtin compgen -d -- "${__eth_ask[6]}")
    fi
}

__eth_print() {
    \builtin printf 'by\0specification\0'
    if [[ $__eth_options == *' filenames '* && $__eth_options != *' noquote '* ]]; then
        __eth_print_files
    else
        __eth_print_texts
    fi
}

__eth_print_files() {
    for __eth_name in "${__eth_found[@]:0:5000}"; do
        if [[ -d ${__eth_name/#'~/'/"${HOME-}/"} ]]; then
            \builtin printf 'directory\0%s\0' "$__eth_name"
        elif [[ $__eth_name != __et* || -e $__eth_name ]]; then # not one of these functions
            \builtin printf 'file\0%s\0' "$__eth_name"
        fi
    done
}

__eth_print_texts() {
    for __eth_name in "${__eth_found[@]:0:5000}"; do
        __eth_name=${__eth_name% } # for readline with -o nospace
        if [[ $__eth_name == -* ]]; then
            \builtin printf 'option\0%s\0' "$__eth_name"
        else
            \builtin printf 'argument\0%s\0' "$__eth_name"
        fi
    done
}

# Succeed if a specification without matches falls back to files.
__eth_defaults() {
    [[ $__eth_options == *' default '* || $__eth_options == *' bashdefault '* ]]
}

__eth_is_useful() {
    case $__eth_function in
    '') ;;
    _minimal | _comp_complete_minimal) \builtin return 1 ;;
    *) \builtin declare -F -- "$__eth_function" >/dev/null ;;
    esac
}

# Restore what completion functions rely on, and a cell may have changed. IFS is set by printf,
# because assigning to a readonly variable would end the script.
__eth_tidy() {
    \builtin unset -f '[' cd compgen complete declare echo eval hash local mapfile printf \
        pushd popd read readarray return set shift shopt source test type typeset unset
    \builtin printf -v IFS ' \t\n'
    \builtin shopt -u nullglob nocasematch
    # shellcheck disable=SC2329 # the functions call it
    compopt() { __eth_compopt "$@"; }
    # Once readline is initialized, compgen handles quotes and reads ~/.inputrc.
    \builtin bind -f /dev/null
} >/dev/null 2>&1

# Find and call the specification until it loads no other one, at most as often as bash does.
# Fail if there is none: for unknown commands bash-completion lists files, which complete.sh
# does better.
__eth_specified() {
    \builtin shopt -q progcomp || \builtin return 1
    __eth_tidy
    # bash-completion looks for it only beside programs of the system.
    if [[ ${1##*/} == effecttalk ]] && ! __eth_printed -- effecttalk; then
        # shellcheck source=/dev/null # written by click
        \builtin . "${BASH_SOURCE[0]%/*}/../../cli/completions/effecttalk" >/dev/null 2>&1
    fi
    if ! __eth_find "$1" && __eth_find_library; then
        # Sourced here: in a nested function its declarations would be local to that.
        \builtin . "$__eth_library" >/dev/null 2>&1 </dev/null
    fi
    for ((__eth_try = 0; __eth_try < 32; __eth_try++)); do
        __eth_find "$1" || \builtin return 1
        \builtin eval "__eth_read_spec ${__eth_spec#complete }"
        __eth_is_useful || \builtin return 1
        __eth_call "$@"
        if (($? != 124)); then
            __eth_generate
            \builtin return 0
        fi
    done
    \builtin return 1
}

__eth_arguments() {
    __eth_words=("${__eth_ask[@]:8}") __eth_found=()
    if ! __eth_specified "${__eth_words[0]}" "${__eth_ask[6]}" "${__eth_words[@]: -2:1}"; then
        __eth_options=' default '
    fi
    if ((${#__eth_found[@]})); then
        __eth_print
    elif __eth_defaults; then
        \builtin printf 'by\0files\0'
        __eth_files
    else
        \builtin printf 'by\0nothing\0'
    fi
}
\builtin readonly -f __eth_compopt __eth_printed __eth_find __eth_find_library __eth_read_spec \
    __eth_is_useful __eth_tidy __eth_call __eth_read __eth_given __eth_generate __eth_print \
    __eth_print_files __eth_print_texts __eth_defaults __eth_specified \
    __eth_arguments
