# As starship: a time taken in PS0, a prompt that a program prints, the pipeline's statuses.
STAR_STARTED= STAR_READY=
star_begin() { echo "begin $(HISTTIMEFORMAT='' history 1 | sed 's/^ *[0-9]* *//')" >>~/hooks; echo 5; }
star_precmd() {
    STAR_STATUS=$? STAR_PIPE=("${PIPESTATUS[@]}")
    local count
    count=$(jobs -p 2>/dev/null | wc -l)
    echo "precmd $STAR_STATUS $((count)) started=$STAR_STARTED" >>~/hooks
    PS1="$(printf '\n\\w via bash \n> ')"
    STAR_STARTED=0 STAR_READY=true
    return "$STAR_STATUS"
}
PS0='${STAR_STARTED:$((STAR_STARTED = $(star_begin))):0}'"${PS0-}"
PROMPT_COMMAND="star_precmd${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
