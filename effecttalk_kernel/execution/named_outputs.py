"""Named: blocks that later ones build on: their standard output as files, and their statuses.

The files have the bytes as they were written, secrets too, so they lie in the kernel's
private runtime directory and are gone with it.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.block import GOOD, Block, Status
from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.session.events import BackgroundEnded, Event, Finished, OutputRead, Started
from effecttalk_kernel.shell.terminal_pool import Stream

log = logging.getLogger("effecttalk.named")

OUTPUT: Final = "ET_OUT_"
STATUS: Final = "ET_STATUS_"


class NamedOutputs:
    """What became of the blocks of a session that have names, and an observer of them."""

    def __init__(self, runtime_directory: Path) -> None:
        self._directory = runtime_directory / "named"
        self._is_made = False
        self._files: dict[int, _OutputFile] = {}
        self._unpublished: list[Block] = []
        self._ended: dict[str, Block] = {}
        self._problems: dict[str, str] = {}

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        if not block.name:
            return
        with self._noting_problems(block):
            self._observe(block, event)

    def publish(self) -> None:
        """Give the outputs of blocks that have ended their names.

        Called behind the reply, which does not wait for it, and before the next block.
        """
        while self._unpublished:
            block = self._unpublished.pop(0)
            with self._noting_problems(block):
                if block.number in self._files:
                    self._files[block.number].publish()
                if not block.writers:
                    self._close(block)

    def check(self, needs: Sequence[str]) -> None:
        """See that all that a block needs is there.

        Raises:
            OptionError: something is not.

        """
        self.publish()
        for name in needs:
            block = self._ended.get(name)
            if block is None:
                raise OptionError(f"needs: no block named {name!r} has run in this session")
            if name in self._problems:
                raise OptionError(f"needs: {name!r} is not kept: {self._problems[name]}")
            if block.status not in GOOD:
                how = block.status.value.replace("_", " ")
                raise OptionError(
                    f"needs: {name!r} has not succeeded (block {block.number}: {how})"
                )

    def output(self, name: str) -> str:
        """Return the path of what the last block of this name has written."""
        return f"{self._directory}/{name}"

    @property
    def variables(self) -> Mapping[str, str]:
        """What the shell is to know of them: names and values."""
        found: dict[str, str] = {}
        for name, block in self._ended.items():
            found[OUTPUT + name] = self.output(name)
            found[STATUS + name] = str(block.result.exit_status if block.result else "")
        return found

    def close(self) -> None:
        """Close all files."""
        self.publish()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _observe(self, block: Block, event: Event) -> None:
        match event:
            case Started():
                self.publish()  # what another attempt has left
                self._make_directory()
                self._problems.pop(block.name, None)
                self._files[block.number] = _OutputFile(self.output(block.name), block.number)
            case OutputRead(Stream.STDOUT, data) if block.number in self._files:
                self._files[block.number].write(data)
            case Finished():
                self._ended[block.name] = block
                if block.status is not Status.RUNNING:
                    self._unpublished.append(block)
                elif not block.writers:
                    self._close(block)
            case BackgroundEnded():
                self.publish()
                last = self._ended.get(block.name)
                if last is not None and last.number == block.number:
                    self._ended[block.name] = block
                self._close(block)

    @contextmanager
    def _noting_problems(self, block: Block) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            log.warning("named.failed %s: %s", block.name, error.strerror)
            self._problems[block.name] = f"{error.strerror}"
            self._close(block)

    def _make_directory(self) -> None:
        if not self._is_made:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            self._is_made = True

    def _close(self, block: Block) -> None:
        file = self._files.pop(block.number, None)
        if file is not None:
            file.close()


class _OutputFile:
    """A file that has its name when its block has ended; owns its descriptor.

    It is made when there is something to write, or to publish: not before a block begins.
    """

    def __init__(self, path: str, number: int) -> None:
        self._path = path
        self._unfinished = f"{path}.{number}"
        self._descriptor = -1
        self._is_published = False

    def write(self, data: bytes) -> None:
        """Add *data*; raises OSError when not all of it could be written."""
        self._open()
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def publish(self) -> None:
        """Give it its name, in the place of what an earlier block has left there."""
        self._open()
        Path(self._unfinished).replace(self._path)
        self._is_published = True

    def _open(self) -> None:
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptor = os.open(self._unfinished, flags, 0o600)

    def close(self) -> None:
        """Close it; may be called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
        if not self._is_published:
            with suppress(OSError):
                Path(self._unfinished).unlink()
