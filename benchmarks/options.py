"""Measure the cost that each option adds to a no-op cell: medians of pairs in random order.

An option that makes the shell start a process is compared with a cell that starts the same one.
"""

import random
import statistics
from tempfile import TemporaryDirectory

from kernel import run_measurements, start_kernel, time_cell

ROUNDS = 300
PLAIN = ":"
OPTIONS = (
    "timeout: 30s",
    "retry: {attempts: 3}",
    "fallback: echo",
    "allow-failure: true",
    "expect-exit: [0, 1]",
    "errexit: true",
    "cwd: {home}",
    "env: {A: b}",
    "stdin: x",
    "stderr: merged",
    "name: one",
    "needs: [one]",
    "output-limit: 1MB",
    "mime: text",
    "cache: true",
    "background: true",
    "shell: /bin/true",
)
# Cells that start the same process without the option. `true` gets an argument, as it
# does from the option (the path of the code), because with one it reads its locale.
BY_HAND = {"background: true": ": &", "shell: /bin/true": "/bin/true block"}


def measure_options() -> None:
    with TemporaryDirectory() as home, start_kernel("effecttalk") as (_, client):
        cells = {text: f"#| {text.replace('{home}', home)}\n:" for text in OPTIONS}
        cells["a comment"] = "#\n:"
        added: dict[str, list[float]] = {text: [] for text in cells}
        bases: dict[str, list[float]] = {text: [] for text in cells}
        for _ in range(ROUNDS):
            for text in random.sample([*cells], len(cells)):
                pair = {"with": cells[text], "without": BY_HAND.get(text, PLAIN)}
                took = {}
                for name in random.sample([*pair], 2):
                    # Work that a cell leaves behind delays the next one; let it delay this one.
                    time_cell(client, PLAIN)
                    took[name] = time_cell(client, pair[name])
                added[text].append(took["with"] - took["without"])
                bases[text].append(took["without"])
    for text, differences in added.items():
        more, base = (statistics.median(seconds) * 1e3 for seconds in (differences, bases[text]))
        print(f"{text:<24}{more:+.2f} ms to the {base:.2f} ms of {BY_HAND.get(text, PLAIN)!r}")


if __name__ == "__main__":
    run_measurements({"options": measure_options}, __doc__)
