"""Write docs/configuration.md: every setting, as the traits tell it."""

from collections.abc import Iterator
from pathlib import Path

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitType, Unicode

from effecttalk_kernel.settings import PREFIX, Duration, Settings

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
BEGINNING = """\
# Configuration

<!-- Written by scripts/write_configuration.py from the settings themselves; a test compares. -->

Sources, the later wins: the default; `effecttalk_config.py` or `effecttalk_config.json` in one of
Jupyter's config directories (`jupyter --paths`); the environment; the kernel's command line.

```python
c.Settings.shell = "/usr/local/bin/bash"  # EFFECTTALK_SHELL=/usr/local/bin/bash
c.Settings.backup_interval = "30m"  # EFFECTTALK_BACKUP_INTERVAL=30m
```

A value that can't be ends the kernel before it starts, with the name, the value and what is
allowed. A duration is a number and `ms`, `s`, `m`, `h` or `d`; a bare number is seconds. In the
environment a list has commas, and a mapping is written as in Python: `{'ticket': 'T-[0-9]{8}'}`.

| setting | kind | default | |
| --- | --- | --- | --- |
"""
KINDS: dict[type[TraitType], str] = {
    Duration: "duration",
    Float: "number",
    Int: "whole number",
    Bool: "`True` or `False`",
    Unicode: "text",
    List: "list",
    Dict: "mapping",
}


def kind(trait: TraitType) -> str:
    """Return what values a trait takes."""
    if isinstance(trait, Enum):
        return " or ".join(f"`{value}`" for value in trait.values or ())
    return next(name for cls, name in KINDS.items() if isinstance(trait, cls))


def default(trait: TraitType) -> str:
    """Return a trait's default as a user writes it."""
    value = trait.default()
    if isinstance(trait, Duration) and value:
        for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60)):
            if value % seconds == 0:
                return f"`{value / seconds:g}{unit}`"
        return f"`{value:g}s`"
    if isinstance(value, str):
        return f"`{value}`" if value else ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.12g}"
    return f"`{value}`"


def rows() -> Iterator[str]:
    """Yield a line for each setting, in the order of the source."""
    traits = Settings.class_traits(config=True)
    for name in (name for name in vars(Settings) if name in traits):
        trait = traits[name]
        variable = f"`{PREFIX}{name.upper()}`"
        yield f"| `{name}`<br>{variable} | {kind(trait)} | {default(trait)} | {trait.help} |\n"


def page() -> str:
    """Return the page as it stands in the file."""
    return BEGINNING + "".join(rows())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
