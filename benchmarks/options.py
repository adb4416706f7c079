"""Measure what each option adds to a no-op cell: medians, the order drawn by lot in each round.

One that lets the shell start a process is measured against a cell that starts the same one.
"""

import random
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel import round_trip, run_measurements, running

ROUNDS = 300
PLAIN = "plain"
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
# A cell does the same without the option, for those that start a process. With an
# argument, as the path of the code is one, `true` reads its locale: that is not ours.
BY_HAND = {"background: true": ": &", "shell: /bin/true": "/bin/true block"}


def measure_options() -> None:
    with TemporaryDirectory() as home, running("effecttalk") as (_, client):
        cells = {text: f"#| {text.replace('{home}', str(Path(home)))}\n:" for text in OPTIONS}
        cells = {
            PLAIN: ":",
            "a comment": "#\n:",
            **cells,
            **{code: code for code in BY_HAND.values()},
        }
        for code in cells.values():
            round_trip(client, code)
        took: dict[str, list[float]] = {text: [] for text in cells}
        for _ in range(ROUNDS):
            # What a cell leaves to be done falls on the next one, which is another each time.
            for text in random.sample([*cells], len(cells)):
                round_trip(client, ":")
                took[text].append(round_trip(client, cells[text]))
    medians = {text: statistics.median(seconds) * 1e3 for text, seconds in took.items()}
    for text, median in medians.items():
        without = BY_HAND.get(text, PLAIN)
        more, base = median - medians[without], medians[without]
        print(f"{text:<24}{more:+.2f} ms to the {base:.2f} ms of {without!r}")


if __name__ == "__main__":
    run_measurements({"options": measure_options}, __doc__)
