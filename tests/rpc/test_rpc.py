"""Calls over real sockets: what a command asks, and what nobody should."""

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
from effecttalk_kernel.rpc.wire import LONGEST_LINE, CallError, address, decode, encode

DEADLINE = 20.0


class Kernel:
    """A server, and what its handlers were asked."""

    def __init__(self, directory: Path, patience_seconds: float = DEADLINE) -> None:
        self.path = directory / "calls"
        self.asked: list[Arguments] = []
        self.waits = asyncio.Event()
        self.given_up = asyncio.Event()
        handlers = {
            "echo": self._echo,
            "refuse": self._refuse,
            "fail": self._fail,
            "wait": self._wait,
        }
        self.server = CallServer(self.path, handlers, patience_seconds)

    async def __aenter__(self) -> Self:
        self.server.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()

    async def _echo(self, arguments: Arguments) -> Answer:
        self.asked.append(arguments)
        return {"text": [str(arguments.get("value"))]}

    async def _refuse(self, _: Arguments) -> Answer:
        raise CallError("there is nothing to undo")

    async def _fail(self, _: Arguments) -> Answer:
        raise KeyError("x")

    async def _wait(self, _: Arguments) -> Answer:
        self.waits.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up.set()
        return {}

    async def call(self, name: str, **arguments: object) -> Answer:
        """Call as the command does, which waits."""
        return await asyncio.to_thread(call, str(self.path), name, **arguments)

    async def send(self, data: bytes) -> bytes:
        """Send anything and return all that comes back."""
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
        with address(str(self.path)) as name:
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
        assert kernel.asked == [{"call": "echo", "value": "a\n\udcffé"}]

    with_kernel(tmp_path, test)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("refuse", "there is nothing to undo"),
        ("fail", "the kernel failed: KeyError: 'x'"),
        ("dance", "unknown call 'dance': known are echo, refuse, fail, wait"),
    ],
)
def test_an_error_is_raised_with_its_message(tmp_path: Path, name: str, message: str) -> None:
    async def test(kernel: Kernel) -> None:
        with pytest.raises(CallError) as caught:
            await kernel.call(name)
        assert str(caught.value) == message

    with_kernel(tmp_path, test)


def test_the_socket_is_for_its_user_alone(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        assert stat.filemode(kernel.path.stat().st_mode) == "srw-------"

    with_kernel(tmp_path, test)


def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 200)
    directory.mkdir()

    async def test(kernel: Kernel) -> None:
        assert (await kernel.call("echo", value=1))["text"] == ["1"]

    with_kernel(directory, test)


BROKEN = {
    "nothing": b"",
    "no JSON": b"undo\n",
    "no object": b"[1]\n",
    "deep": b"[" * 50_000 + b"\n",
    "no name": b"{}\n",
    "odd name": b'{"call": {"call": 1}}\n',
    "no line": b'{"call": "echo"',
    "binary": b"\xff\0\n",
    "huge": b"x" * (10 * LONGEST_LINE),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_call_is_refused_and_does_no_harm(tmp_path: Path, data: bytes) -> None:
    async def test(kernel: Kernel) -> None:
        try:
            answer = await kernel.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # not all of it was taken
        else:
            assert decode(answer)["status"] == "error"
        assert (await kernel.call("echo", value="still"))["text"] == ["still"]

    with_kernel(tmp_path, test)


@given(st.binary())
@settings(max_examples=300)
def test_any_bytes_are_a_message_or_refused(line: bytes) -> None:
    try:
        message = decode(line)
    except CallError:
        return
    assert decode(encode(message)) == message or "NaN" in str(message) or "nan" in str(message)


def test_a_client_that_says_nothing_is_left_and_holds_nobody_up(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        with kernel.connection() as silent:
            assert (await kernel.call("echo", value=1))["text"] == ["1"]
            silent.settimeout(DEADLINE)
            assert await asyncio.to_thread(silent.recv, 1) == b""

    with_kernel(tmp_path, test, patience_seconds=0.1)


def test_a_client_that_goes_away_is_not_worked_for(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        with kernel.connection() as connection:
            connection.sendall(encode({"call": "wait"}))
            await kernel.waits.wait()
        await kernel.given_up.wait()

    with_kernel(tmp_path, test)


def test_a_client_that_is_gone_before_it_is_answered_does_no_harm(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        for _ in range(10):
            with kernel.connection() as connection:
                connection.sendall(encode({"call": "echo", "value": "x" * 60_000}))
        assert (await kernel.call("echo", value="still"))["text"] == ["still"]

    with_kernel(tmp_path, test)


def test_a_hundred_clients_at_once_are_answered(tmp_path: Path) -> None:
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


def test_closing_gives_up_the_calls_that_wait(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        waiting = asyncio.ensure_future(kernel.call("wait"))
        await kernel.waits.wait()
        await kernel.server.close()
        with pytest.raises(CallError, match="ended without an answer"):
            await waiting

    with_kernel(tmp_path, test)


def test_listening_twice_and_closing_twice_is_once(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        kernel.server.listen()
        assert (await kernel.call("echo", value=1))["text"] == ["1"]
        await kernel.server.close()

    with_kernel(tmp_path, test)


def test_where_no_socket_can_be_made_the_kernel_goes_on(tmp_path: Path) -> None:
    async def test(kernel: Kernel) -> None:
        with pytest.raises(CallError, match="does not listen"):
            await kernel.call("echo")

    with_kernel(tmp_path / "nowhere", test)


def test_without_a_session_it_says_so() -> None:
    with pytest.raises(CallError, match="there is no session here"):
        call("", "undo")


def test_a_kernel_that_is_gone_is_told(tmp_path: Path) -> None:
    left = tmp_path / "calls"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(left))
    for path in (left, tmp_path / "gone" / "calls"):
        with pytest.raises(CallError, match=r"does not listen at .*: it has ended, or it is on"):
            call(str(path), "undo")


def test_a_kernel_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "calls"))
        listening.listen()
        with pytest.raises(CallError, match=r"not answered within 0\.05 s"):
            call(str(tmp_path / "calls"), "undo", timeout_seconds=0.05)
