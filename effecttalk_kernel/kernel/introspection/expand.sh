# shellcheck shell=bash
# shellcheck disable=SC2154 # helper_shell.sh sets __eth_ask before it sources this
#
# The question "what does this expand to?": WORD, an option of `set`.
# Prints = and the value.

__eth_answer() {
    \builtin set "${__eth_ask[4]}"
    \builtin unset -v __eth_value
    # Whether it is set afterwards tells; the status does not: `$(false)` is an
    # answer too. After some errors bash goes on with the next line.
    \builtin eval "__eth_value=${__eth_ask[3]}
        \\builtin printf '%s' \"\${__eth_value+=\$__eth_value}\""
}
