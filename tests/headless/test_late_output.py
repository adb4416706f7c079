"""Output after the end of its cell, in a notebook that is executed without a front end."""

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode


def execute(*codes: str) -> list[list[NotebookNode]]:
    """Execute a notebook; return the outputs of its cells."""
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    kernelspec = {"name": "effecttalk", "display_name": "EffectTalk", "language": "bash"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    NotebookClient(notebook).execute()
    return [cell.outputs for cell in notebook.cells]


def plain(outputs: list[NotebookNode]) -> list[str]:
    """Return what viewers that do not know records show in their place."""
    displays = [output.data for output in outputs if output.output_type == "display_data"]
    return [data["text/plain"] for data in displays if "text/plain" in data]


def test_late_output_is_in_its_own_cell_once_a_later_cell_has_run(tmp_path) -> None:
    gate = tmp_path / "gate"
    outputs = execute(
        f"mkfifo {gate}; (read -r <{gate}; echo late; echo error >&2) & echo now",
        f"echo go >{gate}; effecttalk wait 1",
        "echo last",
    )
    text = "".join(plain(outputs[0]))
    assert sorted(text.split()) == ["error", "late"]
    assert (plain(outputs[1]), plain(outputs[2])) == ([], [])
    [record] = [each for each in outputs[0][0].data.values() if isinstance(each, dict)]
    assert (record["status"], record["stdout"]["lines"]) == ("success", 2)


def test_a_cell_whose_processes_outlive_the_notebook_says_so() -> None:
    outputs = execute("sleep 60 & echo now", "echo last")
    [text] = plain(outputs[0])
    assert text.startswith("effecttalk: processes of this block still run; what they print after")
    assert plain(outputs[1]) == []


def test_a_process_that_writes_elsewhere_is_not_mentioned() -> None:
    outputs = execute("sleep 60 >/dev/null 2>&1 & echo now", "echo last")
    assert plain(outputs[0]) == []
