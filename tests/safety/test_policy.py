"""Policy: which cells run, which must be confirmed, and which do not run."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.safety.policy.policy import Action, Policy, Verdict
from effecttalk_kernel.safety.policy.syntax_tree import _narrow

RULES = Policy(
    ["rm -r*", "shutdown", "find * -delete"],
    ["git push", "mv", "kubectl delete prod*"],
    [],
    Action.ALLOW,
    read_only=False,
)
LISTED = Policy(
    ["git push"], ["mv"], ["ls", "git log", "make", "git push"], Action.DENY, read_only=False
)

DENIED = [
    "rm -rf build",
    "rm -v -rf build",
    "rm -fr build",
    "rm -f -r build",
    "rm build -r",
    "/bin/rm -r x",
    "~/bin/rm -r x",
    '"$HOME"/bin/rm -r x',
    "r\\m -r x",
    "'rm' -r x",
    '"rm" -r x',
    "$'rm' -r x",
    "$'\\x72m' -r x",
    '$"rm" -r x',
    "r''m -\"r\" x",
    "rm \\\n  -r x",
    "true && rm -r x",
    "false || rm -r x",
    "ls | rm -r x",
    "ls |& rm -r x",
    "! rm -r x",
    "rm -r x &",
    "(cd a; rm -r x)",
    "{ ls; rm -r x; }",
    "if a; then rm -r x; fi",
    "if rm -r x; then :; fi",
    "if a; then b; elif rm -r x; then c; else d; fi",
    "if a; then b; else rm -r x; fi",
    "while rm -r x; do :; done",
    "until a; do rm -r x; done",
    "for f in *; do rm -r $f; done",
    "for f in $(rm -r x); do :; done",
    "for ((;;)); do rm -r x; done",
    "select f in a; do rm -r x; done",
    "case $x in a) ls ;; b|c) rm -r x ;; esac",
    "case $(rm -r x) in a) ;; esac",
    "f() { rm -r x; }",
    "function f { rm -r x; }",
    "f() ( rm -r x )",
    "coproc rm -r x",
    "coproc { rm -r x; }",
    "coproc NAME { rm -r x; }",
    "coproc (rm -r x)",
    "time rm -r x",
    "time -p rm -r x",
    "time { rm -r x; }",
    "time (rm -r x)",
    "echo $(rm -r x)",
    "echo `rm -r x`",
    'echo "a $(rm -r x) b"',
    'echo "a `rm -r x` b"',
    "a=$(rm -r x)",
    "a=(1 $(rm -r x))",
    "a[$(rm -r x)]=1",
    "A=1 rm -r x",
    "export A=$(rm -r x)",
    "declare A=`rm -r x`",
    "echo ${a:-$(rm -r x)}",
    "echo ${a:-`rm -r x`}",
    'echo "${a/$(rm -r x)/b}"',
    "echo $((1 + $(rm -r x)))",
    "(( a = $(rm -r x) ))",
    "[[ $(rm -r x) == y ]]",
    '[ "$(rm -r x)" ]',
    "diff <(ls) <(rm -r x)",
    "tee >(rm -r x)",
    "ls > >(rm -r x)",
    "read a < <(rm -r x)",
    "cat <<E\n$(rm -r x)\nE",
    "cat <<E\n`rm -r x`\nE",
    "cat <<-E | tr a b\n\t`rm -r x`\n\tE",
    "cat <<E && rm -r x\na\nE",
    "cat <<< $(rm -r x)",
    ">list rm -r x",
    "rm >list x -r",
    "rm x <<E -r\na\nE",
    "2>&1 rm -r x",
    "sudo rm -r x",
    "sudo -u root -g wheel A=1 rm -r x",
    "sudo --user root -- rm -r x",
    "sudo --user=root rm -r x",
    "doas -u root rm -r x",
    "env rm -r x",
    "env -i -u A B=1 C=$d rm -r x",
    "env -S 'rm -r x'",
    "command rm -r x",
    "builtin command rm -r x",
    "exec rm -r x",
    "exec -a name rm -r x",
    "nohup rm -r x",
    "\\time -f %e rm -r x",
    "nice rm -r x",
    "nice -n 5 rm -r x",
    "nice -5 rm -r x",
    "ionice -c 3 rm -r x",
    "timeout 5 rm -r x",
    "timeout -k 1 -s KILL 5 rm -r x",
    "stdbuf -oL -e 0 rm -r x",
    "setsid rm -r x",
    "flock /tmp/lock rm -r x",
    "flock /tmp/lock -c 'rm -r x'",
    "su -c 'rm -r x' root",
    "su root -c 'rm -r x'",
    "watch -n 2 rm -r x",
    "ssh -p 22 host rm -r x",
    "ssh host 'cd a && rm -r x'",
    "ls | xargs rm -r",
    "ls | xargs -0 -n 1 -P4 rm -r",
    "ls | xargs -I {} rm -r {}",
    "ls | parallel -j 4 rm -r {}",
    "ls | parallel 'rm -r {}'",
    "find . -exec rm -r {} \\;",
    "find . -name a -execdir ls {} + -exec rm -r {} +",
    "find . -type f -delete",
    "sudo env nice -n 5 timeout 3 rm -r x",
    "bash -c 'rm -r x'",
    "bash -ec 'ls; rm -r x' name",
    "bash -o pipefail -c 'rm -r x'",
    'sh -c "rm -r $x"',
    "sudo sh -c 'rm -r x'",
    "bash -c 'bash -c \"rm -r x\"'",
    "bash <<E\nrm -r x\nE",
    "sudo bash -s <<'E'\nrm -r x\nE",
    "bash <<< 'rm -r x'",
    "ssh host <<E\nrm -r x\nE",
    "eval rm -r x",
    "eval 'rm -r x'",
    'eval "rm -r $x"',
    "eval eval eval rm -r x",
    "trap 'rm -r x' EXIT",
    "source <(rm -r x)",
    "shutdown",
    "shutdown now",
    "echo a; mv b c; shutdown",
    "rm() { command rm -r x; }",
    "rm -r x\nrm() { :; }",
    "rm -r x; if true; then",
    "(rm -r x",
]


@pytest.mark.parametrize("code", DENIED)
def test_a_denied_command_is_found_wherever_it_stands(code: str) -> None:
    assert RULES.check(code).action is Action.DENY


CONFIRMED = [
    "mv a b",
    "git push",
    "git push origin main",
    "git -C dir push",
    "git --no-pager push",
    "kubectl delete production",
    # What only a run can tell.
    "$cmd -r x",
    "$SUDO rm -r x",
    "`which rm` -r x",
    '"$cmd" -r x',
    "r* -r x",
    "rm $options x",
    'rm "${options[@]}" x',
    'rm "$@"',
    "rm -$letters x",
    "rm -{r,f} x",
    "git $what",
    "git -c a=b $what",
    'git "$what" x',
    'kubectl delete "$which"',
    'eval "$code"',
    'bash -c "$code"',
    "xargs git",
    # What the grammar does not know.
    "ls <> f; echo 'rm -r x'",
    'echo "rm -r x',
    "for f in *; { rm -r x; }",
    "echo !(a|b) mv",
]


@pytest.mark.parametrize("code", CONFIRMED)
def test_a_command_that_a_deny_pattern_may_match_must_be_confirmed(code: str) -> None:
    assert RULES.check(code).action is Action.CONFIRM


ALLOWED = [
    "",
    "\n\n",
    "# rm -r x",
    "#| timeout: 5\nls",
    'echo "rm -r x"',
    "echo rm -r x",
    "echo 'a; rm -r x'",
    "echo $'a\\nrm -r x'",
    "echo a \\; rm -r x",
    "printf '%s' \"\\`rm -r x\\` \\$(rm -r x)\"",
    "ls # rm -r x",
    "cat <<'E'\n$(rm -r x) `rm -r x`\nE",
    "cat <<E\nrm -r x \\`rm -r x\\`\nE",
    "a='rm -r x'",
    "rm x",
    "rm -f x",
    'rm "$x"',
    "rm -- $x",
    "rm -- -r",
    "rm *",
    "rmdir -r x",
    "./farm -r x",
    "rm --recurse-not x",
    "command -v rm -r",
    "sudo -l rm -r x",
    "bash rm -r x",
    "git log push-notes",
    'git commit -m "push it"',
    'git log "$x"',
    'git -C "$x" status',
    'git commit -m "$message"',
    "git log $revisions",
    "kubectl delete test",
    '"$VIRTUAL_ENV/bin/python" -r x',
    "$x.sh -r",
    "alias rm='rm -r'",
    "trap - EXIT",
    "trap '' INT",
    "find . -name delete",
    "echo ${x:-y} $((1 + 2)) ~ [a] {a,b}",
    "time ls",
    "mv() { :; }; mv a b",
    "ls <> f",
    "if true; then",
    "a=$b",
    "test a == b; rm == x; echo a$ $ =~ b",
]


@pytest.mark.parametrize("code", ALLOWED)
def test_commands_without_a_matching_pattern_run(code: str) -> None:
    assert RULES.check(code) == Verdict(Action.ALLOW)


def test_an_unknown_name_is_checked_only_against_patterns_that_it_may_match() -> None:
    policy = Policy(["rm -r*"], [], [], Action.ALLOW, read_only=False)
    assert policy.check('"$editor" notes.txt').action is Action.ALLOW
    assert policy.check('"$editor" -r notes.txt').action is Action.CONFIRM
    assert policy.check('"$directory/editor" -r notes.txt').action is Action.ALLOW


@pytest.mark.parametrize(
    "code", ["$cmd x", '"${cmd[@]}"', 'run() { "$@"; }', "eval $cmd", "$(cat f)"]
)
def test_an_unknown_name_that_becomes_several_words_may_be_any_command(code: str) -> None:
    policy = Policy(["rm -r*"], [], [], Action.ALLOW, read_only=False)
    assert policy.check(code).action is Action.CONFIRM


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("ls -la", Action.ALLOW),
        ("/bin/ls", Action.ALLOW),
        ("git log --oneline -3", Action.ALLOW),
        ("git -C x log", Action.DENY),
        ("git status", Action.DENY),
        ("git fetch log", Action.DENY),
        ("git $x log", Action.DENY),
        ("git push", Action.DENY),
        ("mv a b", Action.CONFIRM),
        ("mv a b; cp a b", Action.DENY),
        ("time ls", Action.ALLOW),
        ("sudo ls", Action.DENY),
        ("a=1; export a; [ $a ] && [[ $a ]]; for i in 1 2; do ls $i; done", Action.ALLOW),
        ("f() { ls; }; f", Action.ALLOW),
        ("main() { helper; }; helper() { ls; }; main", Action.ALLOW),
        ("sudo f; f() { ls; }", Action.DENY),
        ("$ls", Action.DENY),
        ("ls <> f", Action.DENY),
        ("# nothing", Action.ALLOW),
    ],
)
def test_deny_beats_confirm_beats_allow_beats_the_default(code: str, action: Action) -> None:
    assert LISTED.check(code).action is action


def test_a_default_of_confirm_asks_for_what_no_pattern_names() -> None:
    policy = Policy([], [], ["ls"], Action.CONFIRM, read_only=False)
    assert policy.check("ls; make") == Verdict(
        Action.CONFIRM, "`make` in line 1 must be confirmed: no pattern of the policy allows it"
    )


def test_without_rules_everything_runs() -> None:
    policy = Policy([], [], [], Action.ALLOW, read_only=False)
    assert all(policy.check(code).action is Action.ALLOW for code in DENIED + CONFIRMED)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("#| timeout: 5\nls\nrm -rf build", "`rm -rf build` in line 3 is denied by the policy `rm -r*`"),
        ("mv a b; mv c d", "`mv a b` in line 1 must be confirmed by the policy `mv`"),
        ("mv a b\n\nshutdown", "`shutdown` in line 3 is denied by the policy `shutdown`"),
        ("ls\n$x rm -r a", "`$x rm -r a` in line 2 may match the policy `rm -r*`: a part of it is known only at run time"),
        ("ls\necho 'rm -r x", "the code from line 2 on cannot be parsed with certainty, and may match the policy `rm -r*`"),
        ("cat <<E\na\n`rm -r x`\nE", "`rm -r x` in line 3 is denied by the policy `rm -r*`"),
        ("ls\nbash <<E\nls\nrm -r x\nE", "`rm -r x` in line 4 is denied by the policy `rm -r*`"),
        ("ls\neval \"rm -r $x\"", "`rm -r …` in line 2 is denied by the policy `rm -r*`"),
        ("rm -r \\\n  a  b", "`rm -r a b` in line 1 is denied by the policy `rm -r*`"),
    ],
)  # fmt: skip
def test_the_reason_names_the_command_its_line_and_the_rule(code: str, reason: str) -> None:
    assert RULES.check(code).reason == reason


def test_a_long_command_is_shortened_in_the_reason() -> None:
    reason = RULES.check("rm -r " + "x " * 10_000).reason
    assert len(reason) < 200
    assert "…" in reason


LARGE = {
    "parentheses": "(" * 10_000 + "ls" + ")" * 10_000,
    "open parentheses": "(" * 10_000,
    "substitutions": "$(" * 10_000,
    "nested arrays": "a=(" * 100_000,
    "one pipeline": "ls|" * 100_000 + "ls",
    "nested functions": "a() " * 50_000,
    "here-documents": "a <<E\n" * 20_000,
    "backquotes": "`" * 100_000,
    "backslashes": "\\" * 100_000,
    "nulls": "\0" * 100_000,
    "runners": "sudo " * 50_000,
    "evals": "eval " * 20_000,
    "one word": "x" * 1_000_000,
    "wildcards": "git " + "*" * 100_000,
    "script": "cd a && grep -c x b | sort -n\n" * 3_000,
}


@pytest.mark.parametrize("code", LARGE.values(), ids=LARGE)
def test_large_and_deep_code_is_checked_quickly(code: str) -> None:
    """None takes a second; what is quadratic takes a minute or more."""
    started = time.process_time()
    assert RULES.check(code).action is not Action.DENY
    assert time.process_time() - started < 15


def test_code_that_cannot_be_parsed_is_searched_as_text() -> None:
    assert RULES.check("(" * 10_000 + "ls").action is Action.ALLOW
    assert RULES.check("(" * 10_000 + "rm -r x").action is Action.CONFIRM


SNIPPETS = st.sampled_from([*DENIED, *CONFIRMED, *ALLOWED])
BREAKING = st.text("'\"`$(){}<>|&;\n\\ #=[]!*?~éx\0\udc80", max_size=20)


@settings(max_examples=200, deadline=None)
@given(st.lists(SNIPPETS | BREAKING | st.text(max_size=20)).map("".join))
def test_any_text_gets_a_verdict(code: str) -> None:
    for policy in (RULES, LISTED):
        verdict = policy.check(code)
        assert (verdict.reason == "") == (verdict.action is Action.ALLOW)


WIDE = ["\u0100", "\u07ff", "\u0800", "\ud7ff", "\uffff", "\U00010000", "\U0010ffff"]


@pytest.mark.parametrize("wide", WIDE)
@pytest.mark.parametrize("before", ["{", "{1", "{1..", "{1..2", "{{", "{{1..", "${", "[[ -"])
def test_any_character_may_stand_after(before: str, wide: str) -> None:
    """The grammar looks some up in a table of bytes, beyond its end, which may end the process."""
    code = f"rm -r {wide}\necho {before}{wide}"
    assert RULES.check(code).action is Action.DENY
    source = f"{before}{wide}".encode()
    grammar_gets = _narrow(source)
    assert len(grammar_gets) == len(source)
    assert (max(grammar_gets.decode()) <= "\xff") is ("{" in before)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ALLOWED[:20]), max_size=5), st.sampled_from(DENIED[:30]))
def test_words_before_a_command_do_not_hide_it(before: list[str], denied: str) -> None:
    assert RULES.check("\n".join([*before, denied])).action is Action.DENY
