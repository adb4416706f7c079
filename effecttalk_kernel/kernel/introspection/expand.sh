# shellcheck shell=bash
# shellcheck disable=SC2154 # helper_shell.sh sets __eth_ask before it sources this
#
# The question "what does this expand to?": WORD, and an option for `set`. Prints = and the
# value.

__eth_answer() {
    \builtin set "${__eth_ask[4]}"
    \builtin unset -v __eth_value
    # Success is seen from whether the variable is set, not from the status: `$(false)` has a
    # value, too. After some errors bash continues with the next line.
    \builtin eval "__eth_value=${__eth_ask[3]}
        \\builtin printf '%s' \"\${__eth_value+=\$__eth_value}\""
}
