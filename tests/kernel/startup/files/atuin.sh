# As atuin: the start and the end of each command, through the hooks of bash-preexec.
. ~/.bash-preexec.sh
ATUIN_ID=
_atuin_preexec() { ATUIN_ID=$RANDOM; echo "start $1" >>~/hooks; }
_atuin_precmd() {
    local status=$?
    [ -n "$ATUIN_ID" ] || return
    (echo "end $status" >>~/hooks)
    ATUIN_ID=
}
preexec_functions+=(_atuin_preexec)
precmd_functions+=(_atuin_precmd)
