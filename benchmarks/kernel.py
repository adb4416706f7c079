"""Measure the kernel against ipykernel and bash_kernel; prints ratios. Output: output.py."""

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
def running(name: str) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
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


def round_trip(client: BlockingKernelClient, code: str) -> float:
    """Seconds from the request until reply and idle have come."""
    began = time.perf_counter()
    request = client.execute(code, store_history=False)
    while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != request:
        pass
    while True:
        message = client.get_iopub_msg(timeout=60)
        state = message["content"].get("execution_state")
        if state == "idle" and message["parent_header"].get("msg_id") == request:
            return time.perf_counter() - began


def noop(name: str, count: int = 300) -> float:
    """Median seconds of a no-op cell, of a kernel that is warm and alone, as a user has it."""
    with running(name) as (_, client):
        for _ in range(count // 6):
            round_trip(client, NOOP[name])
        return statistics.median(round_trip(client, NOOP[name]) for _ in range(count))


def start(name: str) -> float:
    """Seconds from the launch to the first reply, for a client that never waits to connect."""
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


def memory(name: str) -> float:
    """Proportional set size in MB of the idle kernel and its shell after one cell."""
    with running(name) as (manager, client):
        round_trip(client, NOOP[name])
        kernel = psutil.Process(manager.provisioner.pid)
        processes = [kernel, *kernel.children(recursive=True)]
        return sum(p.memory_full_info().pss for p in processes) / 1e6


def first_byte() -> float:
    """Median seconds from a program's write until the text is at the client."""
    code = "python3 -c 'import time; print(time.time(), flush=True); time.sleep(0.2)'"
    delays = []
    with running("effecttalk") as (_, client):
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
    rounds = [(noop("effecttalk"), noop("python3")) for _ in range(3)]
    ours = statistics.median(mine for mine, _ in rounds)
    ratio = statistics.median(mine / theirs for mine, theirs in rounds)
    print(f"no-op cell: {ours * 1e3:.2f} ms, {ratio:.2f} x ipykernel's pass")
    try:
        print(f"            {ours / noop('bash', 20):.3f} x bash_kernel")
    except NoSuchKernel:
        print("            (bash_kernel is not installed)")


def compare_start() -> None:
    pairs = [(start("effecttalk"), start("python3")) for _ in range(7)]
    ratio = statistics.median(ours / python for ours, python in pairs)
    print(f"start: {statistics.median(p[0] for p in pairs) * 1e3:.0f} ms, {ratio:.2f} x ipykernel")


def compare_memory() -> None:
    ours = memory("effecttalk")
    print(f"idle memory: {ours:.1f} MB with the shell, {ours / memory('python3'):.2f} x ipykernel")


def measure_first_byte() -> None:
    print(f"first output byte: {first_byte() * 1e3:.1f} ms after it was written")


def measure_growth() -> None:
    with running("effecttalk") as (manager, client):
        kernel = psutil.Process(manager.provisioner.pid)
        round_trip(client, ":")
        before = kernel.memory_full_info().pss
        round_trip(client, "head -c 1000000000 /dev/zero | tr '\\0' 'x'")
        after = kernel.memory_full_info().pss
        print(f"1 GB of output moves the kernel's memory by {(after - before) / 1e6:.1f} MB")
        for _ in range(10_000):
            round_trip(client, ":")
        grown = kernel.memory_full_info().pss - after
        print(f"10,000 cells move it by {grown / 1e6:.1f} MB")
        switches = kernel.num_ctx_switches().voluntary
        time.sleep(5)
        woken = kernel.num_ctx_switches().voluntary - switches
        print(f"idle for 5 s: woken {woken} times")


MEASUREMENTS: dict[str, Callable[[], None]] = {
    "noop": compare_noop,
    "start": compare_start,
    "memory": compare_memory,
    "first": measure_first_byte,
    "growth": measure_growth,
}


def run_measurements(measurements: dict[str, Callable[[], None]], description: str) -> None:
    """Do what the command line asks for, on a home directory without start-up files."""
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
