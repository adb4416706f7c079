"""Write docs/configuration.md from the settings."""

from collections.abc import Iterator
from pathlib import Path

from effecttalk_kernel.config.settings import PREFIX, Settings
from effecttalk_kernel.config.traits import Setting

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
BEGINNING = """\
# Configuration

<!-- Written by scripts/write_configuration.py from the settings themselves; a test compares. -->

Settings are read from these sources; a later one overrides an earlier one:

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

With an invalid value, the kernel does not start and names the setting, the value and the allowed
values: `EFFECTTALK_ROWS: invalid value '0'; it must be a whole number from 1 to 65,535`. A duration
is a number and `ms`, `s`, `m`, `h` or `d`; a bare number is seconds. A size is a number and `kB`,
`MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB` or `TiB`; a bare number is bytes. In the environment, a list
is separated by commas, a list of patterns by semicolons, and a mapping is written as in Python:
`{'ticket': 'T-[0-9]{8}'}`.

## Settings of a notebook

The metadata of a notebook can set the settings with *yes* in the last column (in JupyterLab:
property inspector, *Advanced Tools*, *Notebook Metadata*). They take effect when the kernel is
started the next time:

```json
{"effecttalk": {"settings": {"stderr": "merged", "columns": 120}}}
```

A notebook may come from anyone, so it cannot set anything that runs a program, opens a path or
weakens a protection when it is opened. Other settings, unknown names and invalid values are
ignored with a warning in the first block; the kernel starts anyway. Jupyter Server tells the kernel
the path of its notebook. Clients that run notebooks without a server do not: set
`EFFECTTALK_NOTEBOOK=path/of.ipynb`. A kernel that is started in a cell, for example by nbconvert,
does not use the settings of the notebook around it. The `effecttalk` command ignores notebooks.
Defaults of block options are in the same place, under [`options`](blocks.md#defaults).

## Limits of processes

`cpu_limit`, `memory_limit` and `file_size_limit` apply to each process separately, not to their
sum, and to the shell as well; no block can raise them. A process that exceeds its CPU time gets
SIGXCPU, and SIGKILL two seconds later; one that writes beyond the file size gets SIGXFSZ; one that
exceeds its memory gets an error from the system. If the shell itself exceeds a limit, the session
continues in a new one. The shell of a long session uses CPU time, too, and `memory_limit` must
leave room for all of its variables. Start-up files that exceed a limit have no effect, as if they
were [too slow](blocks.md#the-shell).

## Errors and the log

The kernel writes its log, from `log_level` on, to standard error, where Jupyter Server shows it;
each line has a time, a level and a logger. A message about an error of EffectTalk itself says what
happened and what to do. What it omits (paths of EffectTalk's own files, tracebacks of unexpected
errors) is in the log under the same `error id`. With `sanitize_error_messages = False`, nothing is
omitted.

## All settings

| setting | value | default | | notebook |
| --- | --- | --- | --- | --- |
"""


def default(trait: Setting) -> str:
    """Return a trait's default in the notation of users."""
    value = trait.default()
    return "" if value == "" else f"`{trait.format(value)}`"


def rows() -> Iterator[str]:
    """Yield a line for each setting, in the order of the source."""
    traits = Settings.class_traits(config=True)
    for name in (name for name in vars(Settings) if name in traits):
        trait = traits[name]
        first = f"`{name}`<br>`{PREFIX}{name.upper()}`"
        notebook = "yes" if trait.metadata["notebook"] else ""
        yield f"| {first} | {trait.allowed} | {default(trait)} | {trait.help} | {notebook} |\n"


def page() -> str:
    """Return the text of the page."""
    return BEGINNING + "".join(rows())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
