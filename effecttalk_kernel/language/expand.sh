# shellcheck shell=bash
# shellcheck disable=SC2154 # surround.sh sets __eth_ask before it sources this
#
# The question "what does this expand to?": WORD, an option of `set`.
# Prints = and the value.

__eth_answer() {
    \builtin set "${__eth_ask[4]}"
    # Printed on a line of its own: the status does not tell, `$(false)` is an
    # answer too. After an error bash does not get there.
    \builtin eval "__eth_value=${__eth_ask[3]}
        \\builtin printf '=%s' \"\$__eth_value\""
}
