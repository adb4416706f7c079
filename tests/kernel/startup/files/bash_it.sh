# As bash-it: a prompt command that is appended once, history that each prompt writes.
safe_append_prompt_command() {
    case ";${PROMPT_COMMAND-};" in *";$1;"*) ;; *) PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND;}$1" ;; esac
}
_bash_it_history() { history -a; }
prompt_setter() { local status=$?; echo "precmd $status" >>~/hooks; PS1="bobby $status \w \$ "; PS2='> '; PS4='+ '; }
safe_append_prompt_command prompt_setter
safe_append_prompt_command _bash_it_history
safe_append_prompt_command prompt_setter
for each in general git; do alias "bi-$each=echo $each"; done
