"""The state that a shell prints of itself, as sessions keep it."""

import shutil
import subprocess

BASH = shutil.which("bash") or "bash"
GITHUB = "ghp_" + "a1B2" * 9
# As __et_state prints it, but for what stays the same.
STATE = r"""
printf 'CDPATH= %s cd -- %q\n' '\builtin' "${PWD-}"
declare -p
printf '%s' '\builtin set --'
printf ' %q' "$@"
printf '\n'
umask -p
printf '%s\n' '# functions' '\builtin unset -f complete'
complete -p
declare -f
declare -Fx
alias -p
printf '# options\n'
shopt -p
set +o
trap -p
printf '%s\n' '\builtin return 0'
"""


def bash(script: str | bytes, **environment: str) -> bytes:
    """What a shell with nothing of its own prints."""
    code = script.encode(errors="surrogateescape") if isinstance(script, str) else script
    return subprocess.run(
        [BASH, "--norc", "--noprofile", "-s"],
        input=code,
        capture_output=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    ).stdout


def state(setup: str, **environment: str) -> bytes:
    return bash(f"shopt -s expand_aliases\n{setup}\n{STATE}", **environment)
