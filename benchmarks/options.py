"""Measure what each option adds to a no-op cell: medians of cells sent in turn with plain ones."""

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel import round_trip, run_measurements, running

ROUNDS = 300
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


def measure_options() -> None:
    with TemporaryDirectory() as home, running("effecttalk") as (_, client):
        cells = {text: f"#| {text.replace('{home}', str(Path(home)))}\n:" for text in OPTIONS}
        cells = {"a comment": "#\n:", **cells}
        for code in cells.values():
            round_trip(client, code)
        plain: dict[str, list[float]] = {text: [] for text in cells}
        with_option: dict[str, list[float]] = {text: [] for text in cells}
        for _ in range(ROUNDS):
            for text, code in cells.items():
                plain[text].append(round_trip(client, ":"))
                with_option[text].append(round_trip(client, code))
    for text in cells:
        less, more = statistics.median(plain[text]), statistics.median(with_option[text])
        print(f"{text:<24}{(more - less) * 1e3:+.2f} ms to {less * 1e3:.2f} ms")


if __name__ == "__main__":
    run_measurements({"options": measure_options}, __doc__)
