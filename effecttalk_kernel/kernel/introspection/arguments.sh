# shellcheck shell=bash
# shellcheck disable=SC2154 # helper_shell.sh sets __eth_ask before it sources this
#
# The question "what could stand here, behind this command?", answered as bash's
# programmable completion would:
#
#   arguments BASE PREFIX CURRENT LINE WORD...
#
# WORDs are the COMP_WORDS, the last without its quotes; CURRENT is what of it is to
# be replaced. BASE and PREFIX are the file that the whole word could be.
#
# The first pair of the answer is `by` and `specification`, `files` or `nothing`.

\builtin . "${BASH_SOURCE[0]%/*}/complete.sh"

# Where bash-completion may be; Debian's bash loads it only if ~/.bashrc asks for it.
__eth_libraries=(
    /usr/share/bash-completion/bash_completion
    /usr/local/share/bash-completion/bash_completion
    /opt/homebrew/share/bash-completion/bash_completion
    /etc/bash_completion
)

# The builtin works in readline only: record what a function asks for.
__eth_compopt() {
    __eth_before=$__eth_options
    while [[ $# -ge 2 && $1 == [-+]o ]]; do
        __eth_options=${__eth_options//" $2 "/ }
        if [[ $1 == -o ]]; then __eth_options+="$2 "; fi
        \builtin shift 2
    done
    if (($#)); then # it was about other commands
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

# Take the specification "$@" apart; __eth_rest is what compgen understands of it.
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

# $1 command, $2 current word, $3 the word before. 124 asks for another look at the
# specification: it has just been loaded.
__eth_call() {
    COMP_WORDS=("${__eth_words[@]}") COMP_CWORD=$((${#__eth_words[@]} - 1))
    COMP_LINE=${__eth_ask[7]} COMP_POINT=${#__eth_ask[7]} COMP_KEY=9 COMP_TYPE=9
    if [[ $__eth_function == __start_* ]]; then
        # Cobra's (kubectl, docker, gh) adds descriptions but for menu-complete.
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

# What a specification has beside a function, its filter, prefix and suffix too.
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
        elif [[ $__eth_name != __et* || -e $__eth_name ]]; then # no function of ours
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

# Whether files are what is left when a specification has given nothing.
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

# What completion functions take for granted, and a cell may have changed. printf,
# because an assignment to a readonly IFS would end it all.
__eth_tidy() {
    \builtin unset -f '[' cd compgen complete declare echo eval hash local mapfile printf \
        pushd popd read readarray return set shift shopt source test type typeset unset
    \builtin printf -v IFS ' \t\n'
    \builtin shopt -u nullglob nocasematch
    # shellcheck disable=SC2329 # the functions call it
    compopt() { __eth_compopt "$@"; }
    # Readline, once there, makes compgen read quotes and ~/.inputrc.
    \builtin bind -f /dev/null
} >/dev/null 2>&1

# Look up and call until nothing new is loaded, as often as bash at most. Fails
# where there is nothing to call: what bash-completion offers for a command that it
# does not know is files, and we know those better.
__eth_specified() {
    \builtin shopt -q progcomp || \builtin return 1
    __eth_tidy
    # bash-completion looks for it only beside programs of the system.
    if [[ ${1##*/} == effecttalk ]] && ! __eth_printed -- effecttalk; then
        # shellcheck source=/dev/null # written by click
        \builtin . "${BASH_SOURCE[0]%/*}/../../cli/completions/effecttalk" >/dev/null 2>&1
    fi
    if ! __eth_find "$1" && __eth_find_library; then
        # Not further in: what it declares is gone when the function returns.
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
