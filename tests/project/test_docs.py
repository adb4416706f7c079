"""The documentation: its links work, and it names the commands that exist."""

import re
from pathlib import Path

import pytest

from effecttalk_kernel.execution.options import BlockOptions

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")],
    key=lambda page: page.relative_to(ROOT).parts,
)


def text_of(page: Path) -> str:
    """A page without its blocks and spans of code, in which brackets mean something else."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`", lambda code: code[0].replace("](", "] ("), text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if target.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_the_page_on_blocks_names_every_option() -> None:
    text = (ROOT / "docs/blocks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+): ", text, re.MULTILINE)
    fields = BlockOptions.model_fields.items()
    assert {*rows} == {field.alias or name for name, field in fields}
