"""Compare the kernel with ipykernel and bash_kernel, and print ratios."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import KernelManager

NOOP = {"effecttalk": ":", "python3": "pass", "bash": ":"}


@contextmanager
def start_kernel(name: str) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def time_cell(client: BlockingKernelClient, code: str) -> float:
    """Return the seconds from the request until both the reply and the idle status arrived."""
    began = time.perf_counter()
    request = client.execute(code, store_history=False)
    while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != request:
        pass
    while True:
        message = client.get_iopub_msg(timeout=60)
        state = message["content"].get("execution_state")
        if state == "idle" and message["parent_header"].get("msg_id") == request:
            return time.perf_counter() - began


def time_noop(name: str, count: int = 300) -> float:
    """Return the median seconds of a no-op cell in a warm kernel, with no other kernel running."""
    with start_kernel(name) as (_, client):
        for _ in range(count // 6):
            time_cell(client, NOOP[name])
        return statistics.median(time_cell(client, NOOP[name]) for _ in range(count))


def time_start(name: str) -> float:
    """Return the seconds from launch to the first reply, for a client that connects at once."""
    manager = KernelManager(kernel_name=name)
    began = time.perf_counter()
    manager.start_kernel(stderr=subprocess.DEVNULL)
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 0
        socket.reconnect_ivl = 1
        socket.connect(f"tcp://127.0.0.1:{manager.shell_port}")
        manager.session.send(socket, "kernel_info_request", {})
        socket.poll(60_000)
        took = time.perf_counter() - began
    manager.shutdown_kernel(now=True)
    return took


def idle_memory(name: str) -> float:
    """Return the proportional set size in MB of the idle kernel and its shell after one cell."""
    with start_kernel(name) as (manager, client):
        time_cell(client, NOOP[name])
        kernel = psutil.Process(manager.provisioner.pid)
        processes = [kernel, *kernel.children(recursive=True)]
        return sum(p.memory_full_info().pss for p in processes) / 1e6


def time_first_byte() -> float:
    """Return the median seconds from a program's write until the client has the text."""
    code = "python3 -c 'import time; print(time.time(), flush=True); time.sleep(0.2)'"
    delays = []
    with start_kernel("effecttalk") as (_, client):
        for _ in range(10):
            request = client.execute(code)
            while True:
                message = client.get_iopub_msg(timeout=60)
                if message["msg_type"] == "stream":
                    delays.append(time.time() - float(message["content"]["text"]))
                is_idle = message["content"].get("execution_state") == "idle"
                if is_idle and message["parent_header"].get("msg_id") == request:
                    break
    return statistics.median(delays)


def compare_noop() -> None:
    rounds = [(time_noop("effecttalk"), time_noop("python3")) for _ in range(3)]
    ours = statistics.median(own for own, _ in rounds)
    ratio = statistics.median(own / peer for own, peer in rounds)
    print(f"no-op cell: {ours * 1e3:.2f} ms, {ratio:.2f} x ipykernel's pass")
    try:
        print(f"            {ours / time_noop('bash', 20):.3f} x bash_kernel")
    except NoSuchKernel:
        print("            (bash_kernel is not installed)")


def compare_start() -> None:
    pairs = [(time_start("effecttalk"), time_start("python3")) for _ in range(7)]
    ratio = statistics.median(ours / python for ours, python in pairs)
    print(f"start: {statistics.median(p[0] for p in pairs) * 1e3:.0f} ms, {ratio:.2f} x ipykernel")


def compare_memory() -> None:
    ours, peer = idle_memory("effecttalk"), idle_memory("python3")
    print(f"idle memory: {ours:.1f} MB with the shell, {ours / peer:.2f} x ipykernel")


def measure_first_byte() -> None:
    print(f"first output byte: {time_first_byte() * 1e3:.1f} ms after it was written")


def measure_growth() -> None:
    with start_kernel("effecttalk") as (manager, client):
        kernel = psutil.Process(manager.provisioner.pid)
        time_cell(client, ":")
        before = kernel.memory_full_info().pss
        time_cell(client, "head -c 1000000000 /dev/zero | tr '\\0' 'x'")
        after = kernel.memory_full_info().pss
        print(f"1 GB of output changes the kernel's memory by {(after - before) / 1e6:.1f} MB")
        for _ in range(10_000):
            time_cell(client, ":")
        grown = kernel.memory_full_info().pss - after
        print(f"10,000 cells change it by {grown / 1e6:.1f} MB")
        switches = kernel.num_ctx_switches().voluntary
        time.sleep(5)
        woken = kernel.num_ctx_switches().voluntary - switches
        print(f"idle for 5 s: {woken} wake-ups")


LARGE_STATES = {
    "10,000 variables": "for ((i = 0; i < 10000; i++)); do declare -g v_$i=$i; done",
    "3,000 functions": 'for i in {1..3000}; do eval "f_$i() { echo $i; }"; done',
    "20 MB in one variable": "printf -v v %20000000s x",
    "an array of 14 MB": "mapfile -t v < <(seq 1000000 1700000)",
}


def compare_states() -> None:
    """Time the no-op cell right after one that leaves a large state, against the usual one."""
    for name, code in LARGE_STATES.items():
        with start_kernel("effecttalk") as (_, client):
            usual = statistics.median(time_cell(client, ":") for _ in range(50))
            time_cell(client, code)
            after = time_cell(client, ":")
            print(f"after {name}: {after * 1e3:.1f} ms, {after / usual:.1f} x the usual no-op cell")


MEASUREMENTS: dict[str, Callable[[], None]] = {
    "noop": compare_noop,
    "start": compare_start,
    "memory": compare_memory,
    "first": measure_first_byte,
    "growth": measure_growth,
    "states": compare_states,
}


def run_measurements(measurements: dict[str, Callable[[], None]], description: str) -> None:
    """Run the selected measurements with a home directory that has no start-up files."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", default="", choices=["", *measurements])
    wanted = parser.parse_args().only
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        for name, measure in measurements.items():
            if wanted in ("", name):
                measure()
                sys.stdout.flush()


if __name__ == "__main__":
    run_measurements(MEASUREMENTS, __doc__)
