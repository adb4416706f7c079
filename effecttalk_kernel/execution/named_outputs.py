"""Named outputs: the standard output of named blocks, as files, and their exit statuses.

The files hold the bytes as they were written, secrets included, so they are in the kernel's
private runtime directory and are removed with it.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from effecttalk_kernel.block import GOOD, Block, Status
from effecttalk_kernel.errors import OptionError
from effecttalk_kernel.session.events import BackgroundEnded, Event, Finished, OutputRead, Started
from effecttalk_kernel.shell.terminal_pool import Stream

log = logging.getLogger("effecttalk.named")

OUTPUT_PREFIX: Final = "ET_OUT_"
STATUS_PREFIX: Final = "ET_STATUS_"
LOST: Final = (
    "the output of {!r} is not kept for later blocks ({}): free some space in the runtime directory"
    " (`jupyter --runtime-dir`) and make it writable"
)


class NamedOutputs:
    """An observer of the named blocks of a session, on which later blocks can build.

    *say* shows the user of a running block that its output cannot be kept.
    """

    def __init__(
        self, runtime_directory: Path, say: Callable[[Block, str], None] = lambda *_: None
    ) -> None:
        self._directory = runtime_directory / "named"
        self._say = say
        self._files: dict[int, _OutputFile] = {}
        self._unpublished: list[Block] = []
        self._ended: dict[str, Block] = {}
        self._problems: dict[str, str] = {}

    def __call__(self, block: Block, event: Event) -> None:
        """Observe *event*."""
        if not block.spec.name:
            return
        with self._note_problems(block):
            self._observe(block, event)

    def publish(self) -> None:
        """Rename the files of blocks that have ended to their final names.

        Called after the reply, which does not wait for this, and before the next block.
        """
        while self._unpublished:
            block = self._unpublished.pop(0)
            with self._note_problems(block):
                if block.number in self._files:
                    self._files[block.number].publish()
                if not block.has_writers:
                    self._close(block)

    def check(self, needs: Sequence[str]) -> None:
        """Check that every block in *needs* has succeeded and its output is available.

        Raises:
            OptionError: that is not so.

        """
        self.publish()
        for name in needs:
            block = self._ended.get(name)
            if block is None:
                raise OptionError(f"needs: no block named {name!r} has run in this session")
            if name in self._problems:
                raise OptionError(
                    f"needs: the output of {name!r} is not available: {self._problems[name]}"
                )
            if block.status not in GOOD:
                how = block.status.value.replace("_", " ")
                raise OptionError(f"needs: {name!r} did not succeed (block {block.number}: {how})")

    def output_path(self, name: str) -> str:
        """Return the path of the standard output of the last block of this name."""
        return f"{self._directory}/{name}"

    @property
    def variables(self) -> Mapping[str, str]:
        """Variables that give later blocks the outputs and statuses of named blocks."""
        found: dict[str, str] = {}
        for name, block in self._ended.items():
            found[OUTPUT_PREFIX + name] = self.output_path(name)
            found[STATUS_PREFIX + name] = str(block.result.exit_status if block.result else "")
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
                self.publish()  # the output of the last attempt
                self._make_directory()
                self._problems.pop(block.spec.name, None)
                self._files[block.number] = _OutputFile(
                    self.output_path(block.spec.name), block.number
                )
            case OutputRead(Stream.STDOUT, data) if block.number in self._files:
                self._files[block.number].write(data)
            case Finished():
                self._ended[block.spec.name] = block
                if block.status is not Status.RUNNING:
                    self._unpublished.append(block)
                elif not block.has_writers:
                    self._close(block)
            case BackgroundEnded():
                self.publish()
                last = self._ended.get(block.spec.name)
                if last is not None and last.number == block.number:
                    self._ended[block.spec.name] = block
                self._close(block)

    @contextmanager
    def _note_problems(self, block: Block) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            log.warning("named.failed %s: %s", block.spec.name, error.strerror)
            self._problems[block.spec.name] = f"{error.strerror}"
            self._close(block)
            if block.is_running:
                self._say(block, f"effecttalk: {LOST.format(block.spec.name, error.strerror)}")

    def _make_directory(self) -> None:
        # Each time, because it may have been removed.
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _close(self, block: Block) -> None:
        file = self._files.pop(block.number, None)
        if file is not None:
            file.close()


class _OutputFile:
    """A file that gets its final name when its block has ended; owns its descriptor.

    It is not made before it is written or published, so that the start of a block does not
    wait for it.
    """

    def __init__(self, path: str, number: int) -> None:
        self._path = path
        self._unfinished = f"{path}.{number}"
        self._descriptor = -1
        self._is_published = False

    def write(self, data: bytes) -> None:
        """Add *data*; raise OSError if not all of it can be written."""
        self._open()
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def publish(self) -> None:
        """Give the file its final name; it replaces that of an earlier block."""
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
