"""Read-only sessions run only commands that are known to change nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.safety.policy.policy import Action, Policy, Verdict

POLICY = Policy([], [], ["make"], Action.ALLOW, read_only=True)
READING = [
    "ls -la | grep x | wc -l",
    "cd /tmp && pwd",
    "/bin/cat f; /usr/bin/head f",
    'for f in *.txt; do echo "$f: $(wc -l < "$f")"; done',
    "while IFS= read -r line; do printf '%s\\n' \"$line\"; done < <(sort f)",
    "f() { ls; }; f; a=1 b=(1 2); export a; unset b; declare -A c",
    "if [[ -f x ]] && [ -d y ] || test -e z; then (( a++ )); fi",
    "ls 2>/dev/null >&2 2>&1 >/dev/stdout <f 3<&0 >&- >/dev/fd/2 &>/dev/null >/dev/tty",
    "cat <<E\n$(date +%F)\nE",
    "ls > >(sort)",
    "date; date -u +%s; date -Is; date -d yesterday",
    "sort -n -k2 f; sort -u *.txt; uniq -c; uniq f",
    "hostname; hostname -I; uname -a; id; free; ps aux; df -h; du -sh .",
    "env; env A=1 sort f; timeout 5 nice -n 5 ls; time ls; command -v git; type -a ls",
    "find . -name '*.py' -newer x -print0 | xargs -0 grep -l x",
    "find . -type f -exec wc -l {} +",
    "sed -n '1,5p' f; sed 's/w/e/g; /x/d' f; sed -E -e 's|a|b|' -e '$!d' f; sed 5q f",
    "git log --oneline | head; git status; git diff HEAD~1; git -C x --no-pager show; git branch",
    'git -C "$d" log -- "$x"',
    "git; git --version; git stash list; git config --get user.name",
    "effecttalk blocks list --failed; effecttalk search x; effecttalk output 5; effecttalk doctor",
    "bash -c 'ls; pwd'; eval 'ls'; trap 'echo end' EXIT",
    "jq .a f; diff a b; cmp a b; sha256sum f; tree; stat f; file f; seq 3; tr a b; cut -f1 f",
    "exec 3<f",
    "alias; ulimit -a; umask; jobs; history 5",
    "# rm x",
]
CHANGING = [
    "rm x",
    "make",
    "unknown",
    "$cmd",
    "./ls",
    "~/bin/ls",
    "ls > f",
    "ls >> f",
    "ls &> f",
    "ls >| f",
    "ls >& f",
    'ls > "$f"',
    "> f",
    "{ ls; } > f",
    "for i in 1; do ls; done 2> f",
    "exec 3> f",
    "ls <> f",
    "ls | tee f",
    "ls > >(tee f)",
    "echo $(touch x)",
    "f() { touch x; }",
    "awk 1 f",
    "python3 -c 1",
    "source x",
    ". x",
    "PATH=/x ls",
    "export PATH=/x",
    "env PATH=/x ls",
    "LD_PRELOAD=x ls",
    "GIT_PAGER=x git log",
    "PROMPT_COMMAND=x",
    "for PAGER in a; do PAGER=x; done",
    "date -s 12:00",
    "date 010203042024",
    "sort -o f f",
    "sort -no f f",
    "sort --output=f f",
    "sort $options f",
    "uniq a b",
    "uniq $files",
    "hostname new",
    "find . -delete",
    "find . -fprint f",
    "find . -exec rm {} +",
    "ls | xargs rm",
    "sed -i s/a/b/ f",
    "sed -ni p f",
    "sed --in-place s/a/b/ f",
    "sed 'w f' x",
    "sed 's/a/b/w f' x",
    "sed 's/a/b/e' x",
    "sed '1e ls' x",
    "sed -e p -e 'w f' x",
    "sed -f script x",
    'sed "$script" x',
    'sed "s/a/$b/" x',
    "git push",
    "git branch new",
    "git tag v1",
    "git -C x push",
    "git log --output=f",
    "git $what",
    "git config a.b c",
    "git stash",
    "effecttalk undo",
    "effecttalk sessions delete x",
    "effecttalk kill 1",
    "bash -c 'rm x'",
    'bash -c "$code"',
    "bash script",
    "bash",
    "sudo ls",
    "nohup ls",
    "exec ls",
    "alias ls=rm",
    "history -c",
    "/usr/bin/time -o f ls",
    "xxd -r a b",
    "if ls",
]


@pytest.mark.parametrize("code", READING)
def test_a_read_only_session_runs_commands_that_change_nothing(code: str) -> None:
    assert POLICY.check(code) == Verdict(Action.ALLOW)


@pytest.mark.parametrize("code", CHANGING)
def test_a_read_only_session_refuses_other_commands(code: str) -> None:
    assert POLICY.check(code).action is Action.DENY


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ls\nrm x", "`rm x` in line 2 is not known to be read-only, and the session is read-only"),
        ("ls\nls >f", "`>f` in line 2 writes to a file, and the session is read-only"),
        ("PATH=x", "`PATH=` in line 1 changes which commands run, and the session is read-only"),
        ("ls\necho '", "the code from line 2 on cannot be parsed with certainty, and the session is read-only"),
    ],
)  # fmt: skip
def test_the_reason_names_what_is_not_read_only(code: str, reason: str) -> None:
    assert POLICY.check(code).reason == reason


def test_patterns_apply_in_a_read_only_session() -> None:
    policy = Policy(["cat /etc/*"], ["ls"], [], Action.ALLOW, read_only=True)
    assert policy.check("cat /etc/shadow").action is Action.DENY
    assert policy.check("ls").action is Action.CONFIRM
    assert policy.check("cat f").action is Action.ALLOW


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(READING), max_size=5), st.sampled_from(CHANGING))
def test_read_only_commands_do_not_hide_a_change(before: list[str], changing: str) -> None:
    assert POLICY.check("\n".join([*before, changing])).action is Action.DENY


@settings(max_examples=100, deadline=None)
@given(st.text() | st.lists(st.sampled_from(READING + CHANGING)).map("'".join))
def test_any_text_gets_a_verdict(code: str) -> None:
    verdict = POLICY.check(code)
    assert (verdict.reason == "") == (verdict.action is Action.ALLOW)
