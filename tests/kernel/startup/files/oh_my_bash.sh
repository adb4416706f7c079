# As oh-my-bash: an array of hooks, a theme whose prompt runs functions.
_omb_hooks=()
_omb_add_hook() { PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND;}$1"; }
_omb_status() { _omb_last=$?; echo "precmd $_omb_last" >>~/hooks; }
_omb_scm() { if command git rev-parse --git-dir >/dev/null 2>&1; then echo ' git'; fi; }
_omb_theme() { PS1="\[\e[1m\]\w\[\e[0m\]\$(_omb_scm) ❯ "; }
_omb_add_hook _omb_status
_omb_add_hook _omb_theme
CDPATH=.
shopt -s autocd cdspell dirspell 2>/dev/null
