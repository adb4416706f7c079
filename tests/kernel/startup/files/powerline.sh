# As powerline: a prompt from a program that gets the status and the jobs.
_power_render() { printf '%s ' "$@"; }
_power_status() { return "$1"; }
_power_set_prompt() {
    local last=$? jobs
    jobs=$(jobs -p | wc -l)
    PS1="$(_power_render aboveleft --status="$last" --jobs="$jobs")"
    PS2="$(_power_render left -r.bash)"
    echo "precmd $last" >>~/hooks
    _power_status "$last"
}
PROMPT_COMMAND=("${PROMPT_COMMAND[@]}" _power_set_prompt)
[[ ${PROMPT_COMMAND[0]} ]] || PROMPT_COMMAND=(_power_set_prompt)
