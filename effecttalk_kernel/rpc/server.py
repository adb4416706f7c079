"""Server: answers the calls of one session's commands, on a socket only their user may use."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.rpc.wire import LONGEST_LINE, CallError, address, decode, encode

log = logging.getLogger("effecttalk.calls")

Arguments = Mapping[str, object]
Answer = Mapping[str, object]
# What answers a call: what is to go back besides the status; CallError: why not.
Handler = Callable[[Arguments], Awaitable[Answer]]
# A command writes its line as soon as it is connected, and reads what it asked for.
PATIENCE_SECONDS: Final = 10.0
BACKLOG: Final = 256


class CallServer:
    """Takes calls at a path, each from a client of its own; owns the socket.

    *tell* makes a sentence of an exception that nobody expected, and logs it.
    """

    def __init__(
        self,
        path: Path,
        handlers: Mapping[str, Handler],
        patience_seconds: float = PATIENCE_SECONDS,
        *,
        tell: Callable[[Exception], str] | None = None,
    ) -> None:
        self._path = path
        self._tell = tell or _tell
        self._handlers = handlers
        self._patience_seconds = patience_seconds
        self._socket: socket.socket | None = None
        self._is_closed = False
        self._clients: set[asyncio.Task[None]] = set()

    def listen(self) -> None:
        """Take calls from now on; may be called again.

        Not at the kernel's start: only commands of blocks need it. Where it can't be
        made, their commands say that nobody listens.
        """
        if self._socket is not None or self._is_closed:
            return
        self._socket = listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.setblocking(False)
        os.fchmod(listening.fileno(), 0o600)  # before it has a name
        try:
            with address(str(self._path)) as name:
                listening.bind(name)
            listening.listen(BACKLOG)
        except OSError as error:
            log.warning("calls.failed %s: %s", self._path, error.strerror)
            return
        asyncio.get_running_loop().add_reader(listening, self._accept)

    def _accept(self) -> None:
        assert self._socket is not None
        while True:
            try:
                client, _ = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:  # no descriptor is free
                log.warning("calls.failed %s", error.strerror)
                return
            task = asyncio.get_running_loop().create_task(self._serve(client))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    async def _serve(self, client: socket.socket) -> None:
        """Answer one call, unless the client has gone away by then."""
        reader, writer = await asyncio.open_unix_connection(sock=client, limit=LONGEST_LINE)
        try:
            with suppress(OSError, TimeoutError):
                answer = await self._answer(reader)
                writer.write(encode(answer))
                async with asyncio.timeout(self._patience_seconds):
                    await writer.drain()
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        try:
            async with asyncio.timeout(self._patience_seconds):
                line = await reader.readline()
            return {"status": "ok", **await self._ask(decode(line), reader)}
        except CallError as error:
            return {"status": "error", "message": str(error)}
        except ValueError:  # StreamReader's word for a line over the limit
            return {"status": "error", "message": f"a line has {LONGEST_LINE} bytes at most"}

    async def _ask(self, message: Arguments, reader: asyncio.StreamReader) -> Answer:
        """Return what the handler says, and stop it when the client does not wait for it."""
        name = str(message.get("call"))
        handler = self._handlers.get(name)
        if handler is None:
            known = ", ".join(self._handlers)
            raise CallError(f"unknown call {name!r}: known are {known}")
        asking = asyncio.ensure_future(self._told(handler, message))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((asking, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise CallError("the client has gone away")
            return asking.result()
        finally:
            for future in (asking, leaving):
                future.cancel()
            await asyncio.gather(asking, leaving, return_exceptions=True)

    async def _told(self, handler: Handler, message: Arguments) -> Answer:
        try:
            return await handler(message)
        except CallError:
            raise
        except Exception as error:  # a door: the kernel lives on
            raise CallError(self._tell(error)) from error

    async def close(self) -> None:
        """Take no more calls and give up those that wait; may be called twice."""
        self._is_closed = True
        listening, self._socket = self._socket, None
        if listening is not None:
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)


def _tell(error: Exception) -> str:
    """Return what the client is told of what was not expected."""
    log.error("call.failed", exc_info=error)
    return f"the kernel failed: {type(error).__name__}: {error}"
