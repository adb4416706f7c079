# As mcfly: a history file of the session's own, which each prompt adds to, and a DEBUG trap.
export MCFLY_HISTORY=$HOME/.mcfly_history
touch "$MCFLY_HISTORY"
mcfly_prompt() {
    local status=$?
    history -a "$MCFLY_HISTORY"
    echo "add $status $(tail -n 1 "$MCFLY_HISTORY")" >>~/hooks
    return $status
}
PROMPT_COMMAND="mcfly_prompt${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
trap 'case $BASH_COMMAND in mcfly*) ;; *) echo "run $BASH_COMMAND" >>~/hooks ;; esac' DEBUG
