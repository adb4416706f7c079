"""Measure output: speed, memory, and the effect of floods on other cells; print ratios."""

import os
import random
import statistics
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from kernel import run_measurements, start_kernel, time_cell

from effecttalk_kernel.output.terminal.escapes import Clear, Drawing, EscapeFilter
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions

MEGABYTE = 1_000_000
SAMPLE_BYTES = 4 * MEGABYTE
CHUNK_BYTES = 65_536  # as the kernel reads from a terminal
# One message per 256 kB is about the rate at which a flood of 5 MB/s is shown.
CHUNKS_PER_MESSAGE = 4
GIGABYTE = 1_000_000_000
ECHO_OUTPUT = 1
FLOODS = 10
ROUNDS = 200

# gcc's own output of one warning.
GCC = (
    b"\x1b[01m\x1b[Kt.c:2:33:\x1b[m\x1b[K \x1b[01;35m\x1b[Kwarning: \x1b[m\x1b[Kunused variable "
    b"'\x1b[01m\x1b[Kunused\x1b[m\x1b[K' [\x1b[01;35m\x1b[K-Wunused-variable\x1b[m\x1b[K]\n"
    b"    2 | int f(int a) { int \x1b[01;35m\x1b[Kunused\x1b[m\x1b[K; return 0; }\n"
    b"      |                    \x1b[01;35m\x1b[K^~~~~~\x1b[m\x1b[K\n"
)
# Kinds of output, each with a command that prints as much as its reader accepts.
KINDS = {
    "one line": r"tr '\0' x </dev/zero",
    "short lines": "yes",
    "colour": r"yes $'\e[01;35m\e[Kwarning:\e[m\e[K unused [\e[1m-Wunused\e[m]'",
    "progress bar": r"yes $'\r 50% [#########         ] 1/2' | tr -d '\n'",
    "random bytes": "cat /dev/urandom",
}


# Samples.


def repeat(unit: bytes) -> bytes:
    return unit * (SAMPLE_BYTES // len(unit))


def list_files() -> bytes:
    command = f"ls -lR --color=always /usr 2>/dev/null | head -c {SAMPLE_BYTES}"
    return subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, check=True).stdout


def draw_bar(number: int) -> bytes:
    done = number % 40
    return b"\r%3d%% [%s%s] %d/s" % (done * 5 // 2, b"#" * done, b"." * (40 - done), number)


def draw_layers(number: int) -> bytes:
    """Return one redraw of eight lines, as `docker pull` does it."""
    lines = (
        b"\x1b[2K\rlayer%d: Downloading [%s>%s] %d MB\x1b[1B\r"
        % (line, b"=" * done, b" " * (40 - done), number)
        for line in range(8)
        if (done := (number + 4 * line) % 40) is not None
    )
    return b"\x1b[8A" + b"".join(lines)


def draw_screen(number: int) -> bytes:
    """Return one redraw of 24 rows by address, as editors and `top` do it."""
    return b"".join(
        b"\x1b[%d;1H\x1b[3%dm%6d\x1b[0m %s\x1b[K" % (row, row % 8, number + row, b"x" * 60)
        for row in range(1, 25)
    )


def make_samples() -> dict[str, bytes]:
    return {
        "plain text": repeat(b"an ordinary line of some program's output\n"),
        "ls -lR --color": list_files(),
        "gcc": repeat(GCC),
        "dense colours": b"".join(
            b"\x1b[38;5;%dm#\x1b[0m" % (number % 256) for number in range(SAMPLE_BYTES // 16)
        ),
        "links": repeat(b"\x1b]8;;file:///usr/lib/x\x1b\\x\x1b]8;;\x1b\\\n"),
        **make_drawings(),
    }


def make_drawings() -> dict[str, bytes]:
    return {
        "progress bar": b"".join(map(draw_bar, range(SAMPLE_BYTES // 60))),
        "docker pull": b"layer\n" * 8 + b"".join(map(draw_layers, range(SAMPLE_BYTES // 560))),
        "full screen": b"\x1b[?1049h" + b"".join(map(draw_screen, range(SAMPLE_BYTES // 2_000))),
        "lines behind a bar": b"\r" + repeat(b"an ordinary line of some program's output\n"),
        "short lines behind a bar": b"\r" + repeat(b"y\n"),
        "random bytes": random.Random(0).randbytes(SAMPLE_BYTES),
    }


def split(data: bytes, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


# Work on them.


def count_lines(data: bytes) -> None:
    """Do the least possible work on every byte."""
    for chunk in split(data):
        chunk.count(b"\n")


def filter_escapes(data: bytes) -> None:
    escapes = EscapeFilter()
    for chunk in split(data):
        for piece in escapes.feed(chunk):
            escapes.draws |= isinstance(piece, Drawing)


def render(data: bytes) -> None:
    stream = OutputStream(StreamOptions(OutputLimits(393_216, 131_072), 24, 80))
    for number, chunk in enumerate(split(data)):
        for piece in stream.feed(chunk):
            if isinstance(piece, Clear):
                stream.clear()
        if number % CHUNKS_PER_MESSAGE == 0:
            stream.take()
    list(stream.finish())


def feed_ghostty(data: bytes) -> None:
    import pyghostty

    with pyghostty.Terminal(80, 24, scrollback=8_192) as terminal:
        for chunk in split(data, 4_096):
            terminal.feed(chunk)


def feed_avt(data: bytes) -> None:
    import avt

    terminal = avt.Vt(80, 24, 0)
    for chunk in split(data, 4_096):
        terminal.feed_str(chunk.decode(errors="replace"))


def time_work(work: Callable[[bytes], None], data: bytes) -> float:
    """Return the median processor time in seconds, which other processes do not affect."""
    times = []
    for _ in range(5):
        began = time.process_time()
        work(data)
        times.append(time.process_time() - began)
    return statistics.median(times)


def compare_filter() -> None:
    for name, data in make_samples().items():
        took, least = time_work(filter_escapes, data), time_work(count_lines, data)
        speed = len(data) / took / MEGABYTE
        print(f"filter, {name}: {speed:.0f} MB/s, {took / least:.1f} x counting its lines")


def compare_rendering() -> None:
    for name, data in make_samples().items():
        took, least = time_work(render, data), time_work(count_lines, data)
        speed = len(data) / took / MEGABYTE
        print(f"shown, {name}: {speed:.0f} MB/s, {took / least:.1f} x counting its lines")


def compare_emulators() -> None:
    try:
        import avt
    except ModuleNotFoundError:
        print("emulators: pyavt is not installed")
        return
    print(f"emulators: pyghostty against pyavt {avt.__version__}, text fed and nothing read")
    for name, data in make_drawings().items():
        ours, theirs = time_work(feed_ghostty, data), time_work(feed_avt, data)
        speed = len(data) / ours / MEGABYTE
        print(f"emulators, {name}: {speed:.0f} MB/s, {theirs / ours:.1f} x as fast as pyavt")


# A whole kernel.


def time_bare_terminal(command: str) -> float:
    """Return the seconds *command* takes on a terminal whose reader discards everything."""
    master, slave = os.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[ECHO_OUTPUT] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    began = time.perf_counter()
    with subprocess.Popen(["bash", "-c", command], stdout=slave):
        os.close(slave)
        try:
            while os.read(master, 65_536):
                pass
        except OSError:  # the last writer is gone
            pass
    os.close(master)
    return time.perf_counter() - began


def time_long_cell(client: BlockingKernelClient, code: str) -> float:
    """Return the seconds until a long cell's last message; like a front end, read all of them."""
    began = time.perf_counter()
    request = client.execute(code, store_history=False)
    while True:
        message = client.get_iopub_msg(timeout=600)
        is_idle = message["content"].get("execution_state") == "idle"
        if is_idle and message["parent_header"].get("msg_id") == request:
            return time.perf_counter() - began


class Memory:
    """The memory of a process: its current size, and its peak since the last reset."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._directory = Path(f"/proc/{pid}")

    def pss(self) -> float:
        return self._process.memory_full_info().pss / MEGABYTE

    def rss(self) -> float:
        return self._process.memory_info().rss / MEGABYTE

    def reset_peak(self) -> None:
        (self._directory / "clear_refs").write_text("5")  # see proc_pid_clear_refs(5)

    def peak_rss(self) -> float:
        for line in (self._directory / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1_024 / MEGABYTE
        raise LookupError("VmHWM")


def measure_memory() -> None:
    """Measure 1 GB of each kind; after the first MB has loaded the code, memory must not grow."""
    for name, command in KINDS.items():
        with start_kernel("effecttalk") as (manager, client):
            memory = Memory(manager.provisioner.pid)
            time_long_cell(client, f"{command} | head -c {MEGABYTE}")
            before, standing = memory.pss(), memory.rss()
            memory.reset_peak()
            took = time_long_cell(client, f"{command} | head -c {GIGABYTE}")
            grown, peak = memory.pss() - before, memory.peak_rss() - standing
            ratio = took / time_bare_terminal(f"{command} | head -c {GIGABYTE}")
            print(
                f"1 GB of {name}: memory {grown:+.1f} MB, at most {peak:+.1f} MB;"
                f" {GIGABYTE / took / MEGABYTE:.0f} MB/s, {ratio:.2f} x a bare terminal"
            )


def measure_floods() -> None:
    """Measure a foreground `:` while ten background blocks print as fast as they can."""
    for name, command in KINDS.items():
        with start_kernel("effecttalk") as (_, client):
            alone = [time_cell(client, ":") for _ in range(ROUNDS)]
            for _ in range(FLOODS):
                time_cell(client, f"({command}) &")
            time.sleep(1)  # until all of them print more than is shown
            flooded = [time_cell(client, ":") for _ in range(ROUNDS)]
            time_cell(client, "for group in $(jobs -p); do kill -- -$group; done; wait")
        median, worst = statistics.median(flooded), max(flooded)
        print(
            f"`:` beside {FLOODS} floods of {name}: {median * 1e3:.1f} ms, at most"
            f" {worst * 1e3:.1f} ms; {median / statistics.median(alone):.1f} x alone"
        )


def compare_drain() -> None:
    for command in ("seq 10000000", f"{KINDS['colour']} | head -c 100000000"):
        with start_kernel("effecttalk") as (_, client):
            time_long_cell(client, command)
            ratios = [
                time_long_cell(client, command) / time_bare_terminal(command) for _ in range(7)
            ]
        print(f"{command}: {statistics.median(ratios):.2f} x a bare terminal")


MEASUREMENTS: dict[str, Callable[[], None]] = {
    "filter": compare_filter,
    "rendering": compare_rendering,
    "emulators": compare_emulators,
    "drain": compare_drain,
    "memory": measure_memory,
    "floods": measure_floods,
}


if __name__ == "__main__":
    run_measurements(MEASUREMENTS, __doc__)
