# shellcheck shell=bash
# shellcheck disable=SC2154 # helper_shell.sh sets __eth_ask before it sources this
#
# The question "what could stand here?": pairs of TYPE and TEXT, each ended by NUL.
#
#   names PREFIX ACTION...   what compgen knows of each kind
#   files BASE PREFIX        files below BASE, a quoted shell word

__eth_names() {
    for __eth_action in "${__eth_ask[@]:5}"; do
        \builtin mapfile -t __eth_found < <(\builtin compgen -A "$__eth_action" -- "${__eth_ask[4]}")
        for __eth_name in "${__eth_found[@]:0:5000}"; do
            \builtin printf '%s\0' "$__eth_action" "$__eth_name"
        done
    done
}

# Not compgen: a name may hold a newline.
__eth_files() {
    \builtin eval "__eth_base=${__eth_ask[4]}"
    \builtin unset -v GLOBIGNORE
    \builtin shopt -s nullglob dotglob # readline offers hidden files, too
    \builtin shopt -u nocaseglob
    __eth_found=("$__eth_base${__eth_ask[5]}"*)
    if [[ ${__eth_ask[5]} == .. ]]; then
        __eth_found+=("$__eth_base..") # which newer shells leave out
    fi
    for __eth_name in "${__eth_found[@]:0:5000}"; do
        if [[ -d $__eth_name ]]; then
            \builtin printf 'directory\0%s\0' "${__eth_name#"$__eth_base"}"
        else
            \builtin printf 'file\0%s\0' "${__eth_name#"$__eth_base"}"
        fi
    done
}

__eth_answer() {
    "__eth_${__eth_ask[3]}"
}
\builtin readonly -f __eth_names __eth_files
