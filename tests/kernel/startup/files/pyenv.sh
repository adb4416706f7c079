# As pyenv: shims in PATH, a function, a hook that activates environments.
while [[ ":$PATH:" == *":$HOME/.pyenv/shims:"* ]]; do PATH=${PATH/"$HOME/.pyenv/shims:"/}; done
export PATH="$HOME/.pyenv/shims:$PATH" PYENV_SHELL=bash
command true rehash 2>/dev/null
pyenv() { local command=${1:-}; [ "$#" -gt 0 ] && shift; echo "pyenv $command"; }
_pyenv_hook() {
    local status=$?
    echo "precmd $status" >>~/hooks
    return $status
}
if ! [[ "${PROMPT_COMMAND-}" =~ _pyenv_hook ]]; then
    PROMPT_COMMAND="_pyenv_hook;${PROMPT_COMMAND-}"
fi
