"""Measure what each option adds to a no-op cell: medians of pairs, their order drawn by lot.

One that lets the shell start a process is measured against a cell that starts the same one.
"""

import random
import statistics
from tempfile import TemporaryDirectory

from kernel import round_trip, run_measurements, running

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
# A cell does the same without the option, for those that start a process. With an
# argument, as the path of the code is one, `true` reads its locale: that is not ours.
BY_HAND = {"background: true": ": &", "shell: /bin/true": "/bin/true block"}


def measure_options() -> None:
    with TemporaryDirectory() as home, running("effecttalk") as (_, client):
        cells = {text: f"#| {text.replace('{home}', home)}\n:" for text in OPTIONS}
        cells["a comment"] = "#\n:"
        added: dict[str, list[float]] = {text: [] for text in cells}
        bases: dict[str, list[float]] = {text: [] for text in cells}
        for _ in range(ROUNDS):
            for text in random.sample([*cells], len(cells)):
                pair = {"with": cells[text], "without": BY_HAND.get(text, PLAIN)}
                took = {}
                for name in random.sample([*pair], 2):
                    # What a cell leaves to be done falls on the next one: not on these.
                    round_trip(client, PLAIN)
                    took[name] = round_trip(client, pair[name])
                added[text].append(took["with"] - took["without"])
                bases[text].append(took["without"])
    for text, differences in added.items():
        more, base = (statistics.median(seconds) * 1e3 for seconds in (differences, bases[text]))
        print(f"{text:<24}{more:+.2f} ms to the {base:.2f} ms of {BY_HAND.get(text, PLAIN)!r}")


if __name__ == "__main__":
    run_measurements({"options": measure_options}, __doc__)
