# As conda's hook: a function from a program's output, a prompt with the environment's name.
__conda_setup="$(printf '%s\n' 'conda() { case $1 in activate) __conda_activate "$2";; *) echo "conda $*";; esac; }')"
if [ $? -eq 0 ]; then eval "$__conda_setup"; fi
unset __conda_setup
__conda_activate() { CONDA_DEFAULT_ENV=$1 CONDA_SHLVL=1; PS1="($1) ${PS1-}"; export CONDA_DEFAULT_ENV; hash -r; }
conda activate base
