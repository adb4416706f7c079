# As Ubuntu's skeleton: coloured prompt, aliases, a notification for long commands.
HISTCONTROL=ignoreboth:erasedups
shopt -s histappend globstar
PS1='\[\033[01;32m\]\u@\h\[\033[00m\]:\[\033[01;34m\]\w\[\033[00m\]\$ '
alias ll='ls -alF' la='ls -A' l='ls -CF'
alias alert='echo "$([ $? = 0 ] && echo terminal || echo error)" "$(history | tail -n1)"'
[ -f ~/.bash_aliases ] && . ~/.bash_aliases
export GCC_COLORS='error=01;31:warning=01;35'
