"""Answer calls of the `effecttalk` command on a socket that only its user can open."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.rpc.wire import MAX_LINE_BYTES, CallError, decode, encode, short_address

log = logging.getLogger("effecttalk.calls")

Arguments = Mapping[str, object]
Answer = Mapping[str, object]
# Returns the fields of the answer besides its status; raises CallError to refuse.
Handler = Callable[[Arguments], Awaitable[Answer]]
# A command sends its line at once after connecting, and reads the answer at once.
TIMEOUT_SECONDS: Final = 10.0
BACKLOG: Final = 256


class CallServer:
    """Answers calls on the socket at *path*, one for each connection; owns the socket.

    *report_error* logs an unexpected exception and returns a message about it.
    """

    def __init__(
        self,
        path: Path,
        handlers: Mapping[str, Handler],
        timeout_seconds: float = TIMEOUT_SECONDS,
        *,
        report_error: Callable[[Exception], str] | None = None,
    ) -> None:
        self._path = path
        self._report_error = report_error or _report_error
        self._handlers = handlers
        self._timeout_seconds = timeout_seconds
        self._socket: socket.socket | None = None
        self._is_closed = False
        self._problem = ""
        self._clients: set[asyncio.Task[None]] = set()

    def listen(self) -> None:
        """Start to answer calls; called again, listen anew if the socket's path is gone.

        The kernel does not call this at its start, because only commands in blocks need the socket.
        If the socket cannot be created, these commands report that the kernel does not listen.
        """
        if self._is_closed or (self._socket is not None and self._path.exists()):
            return
        self._stop_listening()
        try:
            with ExitStack() as on_failure:
                listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                on_failure.callback(listener.close)
                listener.setblocking(False)
                os.fchmod(listener.fileno(), 0o600)  # before it has a path
                with short_address(str(self._path)) as name:
                    listener.bind(name)
                listener.listen(BACKLOG)
                on_failure.pop_all()
        except OSError as error:
            self._note_problem(error.strerror or str(error))
            return
        self._note_problem("")
        self._socket = listener
        asyncio.get_running_loop().add_reader(listener, self._accept)

    def _note_problem(self, problem: str) -> None:
        """Log why the socket cannot be created, once for each reason."""
        if problem and problem != self._problem:
            log.warning("calls.failed %s: %s", self._path, problem)
        self._problem = problem

    def _stop_listening(self) -> None:
        listener, self._socket = self._socket, None
        if listener is not None:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()

    def _accept(self) -> None:
        assert self._socket is not None
        while True:
            try:
                client, _ = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:  # no free descriptor
                log.warning("calls.failed %s", error.strerror)
                return
            task = asyncio.get_running_loop().create_task(self._serve(client))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    async def _serve(self, client: socket.socket) -> None:
        """Answer one call, unless the client closes the connection first."""
        reader, writer = await asyncio.open_unix_connection(sock=client, limit=MAX_LINE_BYTES)
        try:
            with suppress(OSError, TimeoutError):
                answer = await self._answer(reader)
                writer.write(encode(answer))
                async with asyncio.timeout(self._timeout_seconds):
                    await writer.drain()
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                line = await reader.readline()
            return {"status": "ok", **await self._handle(decode(line), reader)}
        except CallError as error:
            return {"status": "error", "message": str(error)}
        except ValueError:  # raised by StreamReader for a line over the limit
            return {"status": "error", "message": f"a line can have at most {MAX_LINE_BYTES} bytes"}

    async def _handle(self, message: Arguments, reader: asyncio.StreamReader) -> Answer:
        """Run the handler of a call, and cancel it when the client closes the connection."""
        name = str(message.get("call"))
        handler = self._handlers.get(name)
        if handler is None:
            known = ", ".join(self._handlers)
            raise CallError(f"unknown call {name!r}: use one of {known}")
        handling = asyncio.ensure_future(self._run_handler(handler, message))
        closing = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((handling, closing), return_when=asyncio.FIRST_COMPLETED)
            if not handling.done():
                raise CallError("the client closed the connection")
            return handling.result()
        finally:
            for future in (handling, closing):
                future.cancel()
            await asyncio.gather(handling, closing, return_exceptions=True)

    async def _run_handler(self, handler: Handler, message: Arguments) -> Answer:
        try:
            return await handler(message)
        except CallError:
            raise
        except Exception as error:  # a bug in a handler must not end the kernel
            raise CallError(self._report_error(error)) from error

    async def close(self) -> None:
        """Stop to listen and cancel the calls that wait; may be called twice."""
        self._is_closed = True
        self._stop_listening()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)


def _report_error(error: Exception) -> str:
    """Log an unexpected exception and return the message for the client."""
    log.error("call.failed", exc_info=error)
    return f"the kernel failed: {type(error).__name__}: {error}"
