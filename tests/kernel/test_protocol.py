"""The Jupyter protocol, message by message."""

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

import jupyter_kernel_test
import pytest

from effecttalk_kernel.output.record import MIME_TYPE
from tests.support.kernel_template import KernelTemplate
from tests.support.notebook import Notebook


class TestKernel(jupyter_kernel_test.KernelTests):
    """What Jupyter's own suite asks of a kernel.

    Its test of errors wants the error to be the only message; here the record
    stands beside it. Left out are pages, execute_result and clear_output, which
    a block has no use for.
    """

    kernel_name = "effecttalk"
    language_name = "bash"
    file_extension = ".sh"
    code_hello_world = "echo 'hello, world'"
    code_stderr = "echo oops >&2"
    completion_samples: ClassVar = [
        {"text": "compge", "matches": {"compgen"}},
        {"text": "shop", "matches": {"shopt"}},
        {"text": "cat /etc/host.con", "matches": {"/etc/host.conf"}},
    ]
    complete_code_samples: ClassVar = ["echo a", "if true; then echo; fi", "cat <<E\na\nE\n", ""]
    incomplete_code_samples: ClassVar = ["if true; then", "echo 'a", "cat <<E", "echo a |", "f() {"]
    invalid_code_samples: ClassVar = ["fi", ")", "if then", "echo a; ;"]
    code_inspect_sample = "printf"
    code_display_data: ClassVar = [{"code": ":", "mime": MIME_TYPE}]
    code_generate_error = "sh -c 'exit 3'"
    code_history_pattern = "?cho h1"
    supported_history_operations = ("tail", "range", "search")

    def test_error(self) -> None:
        self.flush_channels()
        reply, messages = self.execute_helper(self.code_generate_error)
        kinds = {message["msg_type"] for message in messages}
        assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "exit status 3")
        assert kinds - {"display_data", "update_display_data"} == {"error"}

    def test_history(self) -> None:
        self.code_execute_result = [{"code": "echo h1"}, {"code": "echo h2"}]
        super().test_history()


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    """A new subscriber gets a welcome."""

    kernel_name = "effecttalk"
    support_iopub_welcome = True


QUESTIONS = {
    "kernel_info_request": {},
    "complete_request": {"code": "compge", "cursor_pos": 6},
    "inspect_request": {"code": "printf", "cursor_pos": 3, "detail_level": 0},
    "is_complete_request": {"code": "echo"},
    "history_request": {"hist_access_type": "tail", "n": 3, "output": False, "raw": True},
    "comm_info_request": {},
}


@pytest.fixture
def running(kernel: Notebook):
    """A block that runs while the test asks."""
    cell = kernel.send("echo go; sleep 30")
    kernel.wait(lambda: cell.stdout, "go")
    yield cell
    kernel.manager.interrupt_kernel()
    kernel.finish(cell)


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(("kind", "content"), QUESTIONS.items(), ids=QUESTIONS)
def test_a_question_is_answered_while_a_block_runs(
    kernel: Notebook, kind: str, content: dict[str, object]
) -> None:
    assert kernel.ask(kind, content)["status"] == "ok" or kind == "is_complete_request"


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(("kind", "content"), QUESTIONS.items(), ids=QUESTIONS)
def test_the_kernel_is_busy_again_after_an_answer(
    kernel: Notebook, kind: str, content: dict[str, object]
) -> None:
    asked = kernel.finish(kernel.request(kind, content))
    kernel.wait(lambda: kernel.last_state == "busy", "busy")
    assert asked.reply


def test_cells_after_a_failure_are_aborted(kernel: Notebook) -> None:
    cells = [kernel.send(code) for code in ("sleep 0.1; false", "echo a", "echo b")]
    assert [kernel.finish(c).status for c in cells] == ["error", "aborted", "aborted"]


def test_aborted_cells_print_nothing(kernel: Notebook) -> None:
    cells = [kernel.send(code) for code in ("sleep 0.1; false", "echo a", "echo b")]
    assert [kernel.finish(c).stdout for c in cells] == ["", "", ""]


def test_a_cell_sent_after_an_abort_runs(kernel: Notebook) -> None:
    for cell in [kernel.send(code) for code in ("false", "echo a")]:
        kernel.finish(cell)
    assert kernel.run("echo fine").stdout == "fine\n"


# A configuration is a program. This one makes it take long to abort cells: a kernel that replies
# first receives the client's next cell meanwhile.
SLOW_TO_ABORT = """
import time
from effecttalk_kernel.kernel.dispatch import Dispatcher

abort_queue = Dispatcher.abort_queue

def abort_slowly(self):
    time.sleep(0.05)
    abort_queue(self)

Dispatcher.abort_queue = abort_slowly
"""
FAILURES = {
    "a failed command": "false",
    "a syntax error": "fi",
    "an invalid option": "#| timeout: never\necho a",
    "a refused command": "shutdown now",
    "a code that no shell can read": "echo \0",
    "the end of the shell": "exit 3",
}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory, template: KernelTemplate) -> Iterator[Notebook]:
    """A kernel that takes long to abort cells, and whose policy denies a command."""
    directory = tmp_path_factory.mktemp("configuration")
    (directory / "jupyter_effecttalk_config.py").write_text(SLOW_TO_ABORT)
    environment = {"JUPYTER_CONFIG_DIR": str(directory), "EFFECTTALK_POLICY_DENY": "shutdown"}
    with Notebook(environment, template=template) as notebook:
        yield notebook


@pytest.mark.parametrize("code", FAILURES.values(), ids=FAILURES)
def test_a_cell_sent_after_the_reply_to_a_failure_runs(slow: Notebook, code: str) -> None:
    replies = [slow.await_reply(slow.send(each)) for each in (code, code, "true")]
    assert [reply.status for reply in replies] == ["error", "error", "ok"]


def test_a_cell_sent_after_the_reply_to_an_interrupted_cell_runs(slow: Notebook) -> None:
    cell = slow.send("echo begun; sleep 60")
    slow.wait(lambda: cell.stdout, "the beginning of a cell")
    slow.manager.interrupt_kernel()
    replies = [slow.await_reply(cell), slow.await_reply(slow.send("true"))]
    assert [reply.status for reply in replies] == ["error", "ok"]


def test_none_of_300_failing_cells_is_aborted(fresh: Notebook) -> None:
    statuses = [fresh.await_reply(fresh.send("false")).status for _ in range(300)]
    assert Counter(statuses) == {"error": 300}


def test_a_cell_that_may_fail_does_not_abort_later_cells(kernel: Notebook) -> None:
    cells = [kernel.send(c, stop_on_error=False) for c in ("sleep 0.1; false", "echo a")]
    assert [kernel.finish(c).status for c in cells] == ["error", "ok"]


def test_queued_cells_run_in_order(kernel: Notebook) -> None:
    cells = [kernel.send(f"order+={n}; echo $order") for n in range(20)]
    for cell in cells:
        kernel.finish(cell)
    assert cells[-1].stdout == "".join(map(str, range(20))) + "\n"


@pytest.mark.parametrize("kind", ["execute", "complete", "inspect", "is_complete"])
def test_a_request_without_code_gets_an_error(fresh: Notebook, kind: str) -> None:
    content = {"cursor_pos": 0, "detail_level": 0}
    assert fresh.ask(f"{kind}_request", content)["status"] == "error"
    fresh.forget_log()


def test_silent_execution_sends_only_states(kernel: Notebook) -> None:
    cell = kernel.run("echo a; false", silent=True)
    assert {m["msg_type"] for m in cell.messages} == {"status"}


def test_silent_execution_takes_effect(kernel: Notebook) -> None:
    kernel.run("quiet=1", silent=True)
    assert kernel.run("echo $quiet").stdout == "1\n"


def test_silent_execution_is_not_counted(kernel: Notebook) -> None:
    first = kernel.run(":").reply["execution_count"]
    kernel.run(":", silent=True)
    assert kernel.run(":").reply["execution_count"] == first + 1


@pytest.mark.parametrize("silent", [False, True])
def test_a_cell_can_be_kept_out_of_history(kernel: Notebook, silent: bool) -> None:
    kernel.run(": forgotten", store_history=False, silent=silent)
    content = {"hist_access_type": "search", "pattern": "*forgotten*", "output": False, "raw": True}
    assert kernel.ask("history_request", content)["history"] == []


def test_history_has_the_cells(kernel: Notebook) -> None:
    kernel.run(": remembered")
    content = {"hist_access_type": "tail", "n": 1, "output": False, "raw": True}
    assert kernel.ask("history_request", content)["history"][0][2] == ": remembered"


def test_user_expressions_are_expanded(kernel: Notebook) -> None:
    reply = kernel.run("v=4", user_expressions={"a": "$v", "b": "$((v+1))"}).reply
    texts = {name: e["data"]["text/plain"] for name, e in reply["user_expressions"].items()}
    assert texts == {"a": "4", "b": "5"}


def test_a_failing_user_expression_has_an_error(kernel: Notebook) -> None:
    reply = kernel.run(":", user_expressions={"bad": "${nosuch:?no}", "ok": "$((1 + 1))"}).reply
    statuses = {name: e["status"] for name, e in reply["user_expressions"].items()}
    assert statuses == {"bad": "error", "ok": "ok"}


def test_there_are_no_comms(kernel: Notebook) -> None:
    assert kernel.ask("comm_info_request")["comms"] == {}


def test_an_unknown_message_is_ignored(kernel: Notebook) -> None:
    kernel.request("nonsense_request")
    assert kernel.run("echo fine").stdout == "fine\n"


def test_a_message_with_a_wrong_signature_is_ignored(kernel: Notebook) -> None:
    session = kernel.client.session.clone()
    session.key = b"wrong"
    message = session.msg("execute_request", {"code": "echo no", "silent": False})
    session.send(kernel.client.shell_channel.socket, message)
    assert kernel.run("echo fine").stdout == "fine\n"


def test_the_input_is_published(kernel: Notebook) -> None:
    inputs = kernel.run("echo a").contents("execute_input")
    assert [content["code"] for content in inputs] == ["echo a"]


def test_states_are_busy_and_idle(kernel: Notebook) -> None:
    assert kernel.run("echo a").states == ["busy", "idle"]


def test_kernel_info_names_the_language(kernel: Notebook) -> None:
    information = kernel.ask("kernel_info_request")["language_info"]
    assert (information["name"], information["file_extension"]) == ("bash", ".sh")


def test_shutdown_is_answered(fresh: Notebook) -> None:
    request = fresh.control("shutdown_request", {"restart": False})
    fresh.wait(lambda: request.reply, "a reply")
    assert request.reply == {"status": "ok", "restart": False}


def test_the_kernel_ends_after_its_shutdown_reply(fresh: Notebook) -> None:
    fresh.control("shutdown_request", {"restart": False})
    fresh.wait(lambda: fresh.manager.provisioner.process.poll() is not None, "the end")
    assert fresh.manager.provisioner.process.returncode == 0
