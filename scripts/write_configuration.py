"""Write docs/configuration.md: every setting, as the traits tell it."""

from collections.abc import Iterator
from pathlib import Path

from effecttalk_kernel.config.settings import PREFIX, Settings
from effecttalk_kernel.config.traits import Setting

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
BEGINNING = """\
# Configuration

<!-- Written by scripts/write_configuration.py from the settings themselves; a test compares. -->

Sources, the later wins:

1. the default;
2. `jupyter_effecttalk_config.py` or `jupyter_effecttalk_config.json` in one of Jupyter's config
   directories (`jupyter --paths`);
3. the metadata of the notebook;
4. the environment, `EFFECTTALK_<NAME>`;
5. the kernel's command line.

```python
c.Settings.shell = "/usr/local/bin/bash"  # EFFECTTALK_SHELL=/usr/local/bin/bash
c.Settings.backup_interval = "30m"  # EFFECTTALK_BACKUP_INTERVAL=30m
```

A value that can't be ends the kernel before it starts, with the name, the value and what is
allowed: `EFFECTTALK_ROWS can't be '0': it must be a whole number from 1 to 65,535`. A duration is
a number and `ms`, `s`, `m`, `h` or `d`; a bare number is seconds. A size is a number and `kB`,
`MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB` or `TiB`; a bare number is bytes. In the environment a list
has commas, one of patterns semicolons, and a mapping is written as in Python:
`{'ticket': 'T-[0-9]{8}'}`.

## Of one notebook

A notebook's metadata may set what has *yes* in the last column (in JupyterLab: the property
inspector, *Advanced Tools*, *Notebook Metadata*). They hold from the next start of its kernel:

```json
{"effecttalk": {"settings": {"stderr": "merged", "columns": 120}}}
```

A notebook comes from anywhere, so it can set nothing that runs a program, opens a path or loosens
a guard just because it is opened. What it may not set, an unknown name or a bad value is left out;
the first block says so, and the kernel starts all the same. Jupyter Server tells the kernel where
its notebook is; clients that run notebooks without a server do not: name it by
`EFFECTTALK_NOTEBOOK=path/of.ipynb`. A kernel that is started in a cell, by nbconvert for another
notebook, does not take the one around it for its own. The `effecttalk` command reads no notebook.
Options of all blocks stand beside, under [`options`](blocks.md#defaults).

## Limits of processes

`cpu_limit`, `memory_limit` and `file_size_limit` hold for each process by itself, not for their
sum, and for the shell as well; no block can lift them. A process over its CPU time gets SIGXCPU,
and SIGKILL two seconds later; one that writes past the size of a file gets SIGXFSZ; one that is
out of memory is told so by the system. When that is the shell itself, the session goes on in a new
one. A long session's shell uses CPU time of its own, and with `memory_limit` the shell has to keep
all variables in it. Start-up files that need more than the limits cost their effect, as if they
were [too slow](blocks.md#the-shell).

## Errors and the log

The kernel writes its log, from `log_level` on, to its standard error, where Jupyter Server shows
it; each line has time, level and place. An error of EffectTalk itself says what happened and what
to do. What it leaves out (paths of our own files, traces of what nobody expected) the log has,
under the same `error id`. `sanitize_error_messages = False` leaves nothing out.

## All settings

| setting | value | default | | notebook |
| --- | --- | --- | --- | --- |
"""


def default(trait: Setting) -> str:
    """Return a trait's default as a user writes it."""
    value = trait.default()
    return "" if value == "" else f"`{trait.shown(value)}`"


def rows() -> Iterator[str]:
    """Yield a line for each setting, in the order of the source."""
    traits = Settings.class_traits(config=True)
    for name in (name for name in vars(Settings) if name in traits):
        trait = traits[name]
        first = f"`{name}`<br>`{PREFIX}{name.upper()}`"
        notebook = "yes" if trait.metadata["notebook"] else ""
        yield f"| {first} | {trait.allowed} | {default(trait)} | {trait.help} | {notebook} |\n"


def page() -> str:
    """Return the page as it stands in the file."""
    return BEGINNING + "".join(rows())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
