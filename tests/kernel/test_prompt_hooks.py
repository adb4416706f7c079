"""The hooks of the user's prompt run between blocks, and cannot break the session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.support.notebook import Notebook

StartWith = Callable[[str], Notebook]
READ_CURSOR = "IFS=';' read -sdR -p $'\\e[6n' row column {}; echo \"$row;$column\" >>~/log"


@pytest.fixture
def start_with(start: Start, tmp_path: Path) -> StartWith:
    """Start a kernel whose user has this ~/.bashrc."""

    def start_one(text: str) -> Notebook:
        (tmp_path / ".bashrc").write_text(text + "\n")
        return start(HOME=str(tmp_path))

    return start_one


def hook(text: str) -> str:
    return f"hook() {{\n{text}\n}}\nPROMPT_COMMAND=hook"


@pytest.mark.parametrize("source", ["", "</dev/tty"])
def test_a_hook_learns_where_the_cursor_is(start_with: StartWith, source: str) -> None:
    notebook = start_with(hook(READ_CURSOR.format(source)))
    assert notebook.run("echo one").stdout == "one\n"
    assert notebook.run("cat -v ~/log").stdout == "^[[1;1\n" * 2


HOOKS_THAT_READ = {
    "a line": hook("read x; echo end >>~/log"),
    "a line from the terminal": hook("read x </dev/tty; echo end >>~/log"),
    "a line in time": hook("read -t 30 x; echo end >>~/log"),
    "a key": hook("read -n 1 x; echo end >>~/log"),
    "a hidden line": hook("read -s x; echo end >>~/log"),
    "all lines": hook("cat >/dev/null; echo end >>~/log"),
    "in a prompt string": "PS1='$(read x; echo end >>~/log)'",
    "from the terminal in a prompt string": "PS1='$(read x </dev/tty; echo end >>~/log)'",
}


@pytest.mark.parametrize("text", HOOKS_THAT_READ.values(), ids=HOOKS_THAT_READ)
def test_a_hook_reads_end_of_file_instead_of_a_block(start_with: StartWith, text: str) -> None:
    notebook = start_with(text)
    shell = notebook.run("echo one").record.volatile.shell_pid
    cell = notebook.run("cat ~/log")
    assert (cell.stdout, cell.stderr) == ("end\n" * 2, "")
    assert cell.record.volatile.shell_pid == shell


BROKEN_HOOKS = {
    "waits for a key that never comes": "read -sd X </dev/tty",
    "exits": "exit 3",
    "kills the shell": "kill -9 $$",
    "becomes another program": "exec true",
}


@pytest.mark.parametrize("text", BROKEN_HOOKS.values(), ids=BROKEN_HOOKS)
def test_a_hook_that_ends_the_shell_is_named_and_left_out(start_with: StartWith, text: str) -> None:
    notebook = start_with(f"PROMPT_COMMAND=('echo ran >>~/log' '{text}')")
    cell = notebook.run("echo one")
    assert cell.stdout == "one\n"
    assert f"the hook {text!r} of the prompt" in cell.stderr
    assert cell.stderr.endswith("a new shell runs without it\n")
    log = notebook.run("cat ~/log")
    assert (log.stdout, log.stderr) == ("ran\n" * 3, "")


def test_hooks_run_with_the_state_of_the_block(start_with: StartWith) -> None:
    notebook = start_with("PROMPT_COMMAND='echo \"$? $_\" >>~/log; declare seen=$?'")
    notebook.run("sh -c 'exit 3' last")
    assert notebook.run("cat ~/log; echo $seen").stdout.endswith("3 last\n0\n")


def test_hooks_see_the_statuses_of_a_pipeline(start_with: StartWith) -> None:
    notebook = start_with("PROMPT_COMMAND='echo \"$? ${PIPESTATUS[*]}\" >>~/log'")
    for code in ("false | true | sh -c 'exit 3'", "true | false | true", "! false | true", "false"):
        notebook.run(code)
    seen = notebook.run("cat ~/log").stdout.splitlines()[1:]
    assert seen[0:2] == ["3 1 0 3", "0 0 1 0"]
    assert seen[3] == "1 1"


def test_every_hook_of_an_array_sees_the_status(start_with: StartWith) -> None:
    notebook = start_with("PROMPT_COMMAND=([0]='echo a$? >>~/log' [5]='echo b$? >>~/log')")
    notebook.run("(exit 7)")
    assert notebook.run("cat ~/log").stdout == "a0\nb0\na7\nb7\n"


def test_what_a_hook_prints_is_shown_with_the_next_block(start_with: StartWith) -> None:
    notebook = start_with(hook('[ "$PWD" = "$last" ] || echo "loading $PWD"; last=$PWD'))
    notebook.run("cd /usr")
    assert (
        notebook.run("echo a").stderr == "effecttalk: printed between the blocks:\nloading /usr\n"
    )
    assert notebook.run("echo b").stderr == ""


@pytest.mark.parametrize(
    "text",
    [
        hook(r"printf '\e]0;%s\a' title"),
        hook(r"printf '\e]7;file://host/\e\\\e[?2004h\e[0m'"),
        hook("echo"),
        "PS1='$(echo prompt >&2)'",
        r"PS1='\[\e]0;\w\a\]\$ ' PS0='running\n'",
    ],
)
def test_what_a_prompt_draws_is_not_shown(start_with: StartWith, text: str) -> None:
    notebook = start_with(text)
    notebook.run(":")
    cell = notebook.run("echo a")
    assert (cell.stdout, cell.stderr) == ("a\n", "")


def test_a_message_that_comes_after_each_block_is_shown_once(start_with: StartWith) -> None:
    notebook = start_with(hook("echo ready"))
    assert "ready" in notebook.run(":").stderr
    assert notebook.run(":").stderr == ""


def test_a_prompt_hook_may_be_changed_by_a_cell(fresh: Notebook) -> None:
    fresh.run("PROMPT_COMMAND='n=$((n + 1))'; PS1='mine '; n=0")
    fresh.run(":")
    assert fresh.run('echo "$n $PS1$PROMPT_COMMAND"').stdout == "2 mine n=$((n + 1))\n"
    fresh.run("unset PROMPT_COMMAND PS1")
    assert fresh.run('echo "$n ${PS1-none} ${PROMPT_COMMAND-none}"').stdout == "3 none none\n"


def test_a_prompt_string_for_commands_sees_this_command(start_with: StartWith) -> None:
    text = "x=0 PS0='$(history 1 >>~/log)${x:$((x = 5)):0}'"
    notebook = start_with(text)
    assert notebook.run("echo one $x").stdout == "one 5\n"
    assert "1  echo one $x\n" in notebook.run("cat ~/log").stdout


def test_history_is_kept_by_hooks_that_reload_it(start_with: StartWith) -> None:
    notebook = start_with("PROMPT_COMMAND='history -a; history -c; history -r'")
    notebook.run("echo one")
    notebook.run("echo two")
    history = notebook.run("history").stdout
    assert [line.split(None, 1)[1] for line in history.splitlines()] == [
        "echo one",
        "echo two",
        "history",
    ]


def test_history_is_not_saved_unless_a_hook_does(start_with: StartWith, tmp_path: Path) -> None:
    notebook = start_with("")
    notebook.run("echo secret")
    notebook.run("exit")
    notebook.run(":")
    assert not (tmp_path / ".bash_history").exists()


def test_a_cell_that_waits_for_a_hook_can_be_interrupted(fresh: Notebook) -> None:
    fresh.run("PROMPT_COMMAND='until [ -e ~/go ]; do sleep 0.02; done'")
    cell = fresh.send("echo late")
    fresh.wait(lambda: cell.states, "the kernel to take the cell")
    fresh.manager.interrupt_kernel()
    fresh.finish(cell)
    assert "interrupted before the shell was ready" in cell.evalue
    (Path.home() / "go").touch()
    assert fresh.run("echo fine; rm ~/go; PROMPT_COMMAND=").stdout == "fine\n"
