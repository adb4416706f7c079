# As people use bash-preexec: a function before each command, and one before each prompt.
. ~/.bash-preexec.sh
log_preexec() { echo "preexec $1" >>~/hooks; }
log_precmd() { echo "precmd $?" >>~/hooks; }
preexec_functions+=(log_preexec)
precmd_functions+=(log_precmd)
