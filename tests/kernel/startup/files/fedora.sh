# As Fedora's skeleton: the title by PROMPT_COMMAND, directories of scripts, functions for PATH.
pathmunge() {
    case ":$PATH:" in *:"$1":*) ;; *) if [ "$2" = after ]; then PATH=$PATH:$1; else PATH=$1:$PATH; fi ;; esac
}
for rc in ~/.bashrc.d/*; do if [ -f "$rc" ]; then . "$rc"; fi; done
pathmunge "$HOME/bin" after
unset rc
unset -f pathmunge
[ "$PS1" = '\s-\v\$ ' ] && PS1='[\u@\h \W]\$ '
PROMPT_COMMAND='printf "\033]0;%s@%s:%s\007" "${USER-}" "${HOSTNAME%%.*}" "${PWD/#$HOME/\~}"'
