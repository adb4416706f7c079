# As direnv: an environment for each directory, with a message when it changes.
_env_export() { if [ -f .envrc ]; then echo "echo 'env: loading $PWD/.envrc' >&2; . ./.envrc; _env_loaded=$PWD"; fi; }
_env_hook() {
    local status=$?
    trap -- '' SIGINT
    if [ "${_env_loaded-}" != "$PWD" ]; then eval "$(_env_export)"; fi
    trap - SIGINT
    echo "precmd $status" >>~/hooks
    return $status
}
if [[ ";${PROMPT_COMMAND[*]:-};" != *";_env_hook;"* ]]; then
    PROMPT_COMMAND="_env_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
fi
