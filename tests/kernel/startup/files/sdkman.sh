# As sdkman: an environment that each prompt looks for.
export SDKMAN_DIR=$HOME/.sdkman
sdk() { echo "sdk $*"; }
sdk_auto_env() {
    if [[ -n ${SDK_ENV-} ]] && [[ ! $PWD =~ ^$SDK_ENV ]]; then unset SDK_ENV; fi
    if [[ -f .sdkmanrc ]]; then SDK_ENV=$PWD; fi
    echo "auto" >>~/hooks
}
if [[ -z ${PROMPT_COMMAND-} ]]; then PROMPT_COMMAND=sdk_auto_env; else PROMPT_COMMAND="${PROMPT_COMMAND%\;};sdk_auto_env"; fi
sdk_auto_env
