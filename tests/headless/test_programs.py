"""Programs that people use in a terminal, in a headless run: each ends, and says why."""

import re
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook

from tests.support.headless import execute
from tests.support.programs import CONVERSATIONS, EDITORS, PAGERS, SCREENS, SETUP

# How the error names the program, if it is not the first word.
NAMES = {
    "git commit": "vi",
    "git rebase": "vi",
    "crontab": "vi",
    "less in a pipeline": "less",
    "git log": "(pager|less)",
    "man": "(pager|less)",
    "jq": "less",
    "fzf": "fzf",
    "tig": "tig",
    "vi": "vi",
}
ADVICE = "run the cell in JupyterLab, where a terminal opens"


def test_programs_end_with_an_error_that_names_them_or_at_end_of_file(tmp_path: Path) -> None:
    programs = {
        name: program
        for group in (EDITORS, PAGERS, SCREENS, CONVERSATIONS)
        for name, program in group.items()
        if program.is_installed
    }
    cells = [new_code_cell(code) for code in (SETUP, *(each.code for each in programs.values()))]
    for cell in cells:
        cell.metadata["tags"] = ["raises-exception"]
    kernelspec = {"name": "effecttalk", "display_name": "EffectTalk"}
    notebook = execute(new_notebook(cells=cells, metadata={"kernelspec": kernelspec}), tmp_path)
    for (name, program), cell in zip(programs.items(), notebook.cells[1:], strict=True):
        errors = [output.evalue for output in cell.outputs if output.output_type == "error"]
        if name in CONVERSATIONS and name != "more":  # which reads single keys
            assert errors == [], name
            continue
        expected = NAMES.get(name, program.code.split()[0])
        problem = rf"{expected} (needs a terminal|waited for input), and no front end can"
        assert re.match(problem, errors[0]), (name, errors)
        assert ADVICE in errors[0]
