"""Calls over real sockets: valid ones, invalid ones, and clients that fail."""

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effecttalk_kernel.rpc.client import call
from effecttalk_kernel.rpc.server import Answer, Arguments, CallServer
from effecttalk_kernel.rpc.wire import MAX_LINE_BYTES, CallError, decode, encode, short_address

DEADLINE = 20.0


class Kernel:
    """A call server, and the calls of its handlers."""

    def __init__(self, directory: Path, timeout_seconds: float = DEADLINE) -> None:
        self.path = directory / "calls"
        self.calls: list[Arguments] = []
        self.is_waiting = asyncio.Event()
        self.is_cancelled = asyncio.Event()
        handlers = {
            "echo": self._echo,
            "refuse": self._refuse,
            "fail": self._fail,
            "wait": self._wait,
        }
        self.server = CallServer(self.path, handlers, timeout_seconds)

    async def __aenter__(self) -> Self:
        self.server.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()

    async def _echo(self, arguments: Arguments) -> Answer:
        self.calls.append(arguments)
        return {"text": [str(arguments.get("value"))]}

    async def _refuse(self, _: Arguments) -> Answer:
        raise CallError("there is nothing to undo")

    async def _fail(self, _: Arguments) -> Answer:
        raise KeyError("x")

    async def _wait(self, _: Arguments) -> Answer:
        self.is_waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.is_cancelled.set()
        return {}

    async def call(self, name: str, **arguments: object) -> Answer:
        """Make a call as the command does, in a thread."""
        return await asyncio.to_thread(call, str(self.path), name, **arguments)

    async def send(self, data: bytes) -> bytes:
        """Send any bytes and return all that comes back."""
        return await asyncio.to_thread(self._send, data)

    def _send(self, data: bytes) -> bytes:
        with self.connection() as connection:
            connection.settimeout(DEADLINE)
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while more := connection.recv(4096):
                answer += more
            return answer

    def connection(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short_address(str(self.path)) as name:
            connection.connect(name)
        return connection


def with_kernel(
    directory: Path, test: Callable[[Kernel], Awaitable[None]], **options: float
) -> None:
    async def main() -> None:
        async with asyncio.timeout(4 * DEADLINE), Kernel(directory, **options) as kernel:
            await test(kernel)

    before = len(os.listdir("/proc/self/fd"))
    asyncio.run(main())
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_call_is_answered(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        answer = await kernel.call("echo", value="a\n\udcffé")
        assert answer == {"status": "ok", "text": ["a\n\udcffé"]}
        assert kernel.calls == [{"call": "echo", "value": "a\n\udcffé"}]

    with_kernel(tmp_path, test)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("refuse", "there is nothing to undo"),
        ("fail", "the kernel failed: KeyError: 'x'"),
        ("dance", "unknown call 'dance': use one of echo, refuse, fail, wait"),
    ],
)
def test_an_error_is_raised_with_its_message(tmp_path: Path, name: str, message: str) -> None:
    async def test(kernel: Kernel) -> None:
        with pytest.raises(CallError) as caught:
            await kernel.call(name)
        assert str(caught.value) == message

    with_kernel(tmp_path, test)


def test_only_the_user_can_open_the_socket(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        assert stat.filemode(kernel.path.stat().st_mode) == "srw-------"

    with_kernel(tmp_path, test)


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 200)
    directory.mkdir()

    async def test(kernel: Kernel) -> None:
        assert (await kernel.call("echo", value=1))["text"] == ["1"]

    with_kernel(directory, test)


BROKEN = {
    "nothing": b"",
    "not JSON": b"undo\n",
    "not an object": b"[1]\n",
    "deep": b"[" * 50_000 + b"\n",
    "no name": b"{}\n",
    "odd name": b'{"call": {"call": 1}}\n',
    "no line": b'{"call": "echo"',
    "binary": b"\xff\0\n",
    "huge": b"x" * (10 * MAX_LINE_BYTES),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_an_invalid_call_is_refused(tmp_path: Path, data: bytes) -> None:
    async def test(kernel: Kernel) -> None:
        try:
            answer = await kernel.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server did not read all of it
        else:
            assert decode(answer)["status"] == "error"
        assert (await kernel.call("echo", value="still"))["text"] == ["still"]

    with_kernel(tmp_path, test)


@given(st.binary())
@settings(max_examples=300)
def test_any_line_is_decoded_or_refused(line: bytes) -> None:
    try:
        message = decode(line)
    except CallError:
        return
    assert decode(encode(message)) == message or "NaN" in str(message) or "nan" in str(message)


def test_a_silent_client_is_disconnected_and_does_not_block_others(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        with kernel.connection() as silent:
            assert (await kernel.call("echo", value=1))["text"] == ["1"]
            silent.settimeout(DEADLINE)
            assert await asyncio.to_thread(silent.recv, 1) == b""

    with_kernel(tmp_path, test, timeout_seconds=0.1)


def test_a_call_is_cancelled_when_its_client_disconnects(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        with kernel.connection() as connection:
            connection.sendall(encode({"call": "wait"}))
            await kernel.is_waiting.wait()
        await kernel.is_cancelled.wait()

    with_kernel(tmp_path, test)


def test_a_client_can_disconnect_before_its_answer(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        for _ in range(10):
            with kernel.connection() as connection:
                connection.sendall(encode({"call": "echo", "value": "x" * 60_000}))
        assert (await kernel.call("echo", value="still"))["text"] == ["still"]

    with_kernel(tmp_path, test)


def test_a_hundred_simultaneous_clients_are_answered(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        async def one(number: int) -> None:
            with kernel.connection() as connection:
                connection.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(connection, encode({"call": "echo", "value": number}))
                answer = await loop.sock_recv(connection, 4096)
                assert decode(answer)["text"] == [str(number)]

        await asyncio.gather(*map(one, range(100)))

    with_kernel(tmp_path, test)


def test_close_cancels_waiting_calls(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        waiting = asyncio.ensure_future(kernel.call("wait"))
        await kernel.is_waiting.wait()
        await kernel.server.close()
        with pytest.raises(CallError, match="ended without an answer"):
            await waiting

    with_kernel(tmp_path, test)


def test_listen_and_close_can_be_called_twice(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        kernel.server.listen()
        assert (await kernel.call("echo", value=1))["text"] == ["1"]
        await kernel.server.close()

    with_kernel(tmp_path, test)


def test_a_kernel_works_without_a_socket(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        with pytest.raises(CallError, match="does not listen"):
            await kernel.call("echo")

    with_kernel(tmp_path / "nowhere", test)


def test_a_call_outside_a_session_is_refused() -> None:
    with pytest.raises(CallError, match="not in an EffectTalk session"):
        call("", "undo")


def test_a_dead_kernel_is_reported(tmp_path: Path) -> None:
    left = tmp_path / "calls"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(left))
    for path in (left, tmp_path / "gone" / "calls"):
        with pytest.raises(CallError, match=r"does not listen at .*: it has ended, or runs on"):
            call(str(path), "undo")


def test_a_kernel_that_does_not_answer_is_a_timeout(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "calls"))
        listening.listen()
        with pytest.raises(CallError, match=r"not answer within 0\.05 s"):
            call(str(tmp_path / "calls"), "undo", timeout_seconds=0.05)


@given(st.binary())
def test_an_argument_loses_no_byte(data: bytes) -> None:
    message = {"call": "echo", "text": os.fsdecode(data)}
    assert decode(encode(message)) == message
