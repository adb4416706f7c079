"""Cell outputs: what a block shows in its cell, and the spill with all of its output.

Every message answers the request of the cell whose block wrote it, even if that block has long
ended and another one runs.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.block import GOOD, Block, State
from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.prompt_line import QUESTIONS, Pieces, PromptLine
from effecttalk_kernel.output.publisher import Lane, Parent, Publisher
from effecttalk_kernel.output.record import MIME_TYPE, build_record, spill_record
from effecttalk_kernel.output.terminal.limit import TEXT_SHARE, OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions
from effecttalk_kernel.output.transcript import ClearOutput, Message, StreamText, Transcript
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.shell.terminal import TerminalSize
from effecttalk_kernel.shell.terminal_pool import Stream
from effecttalk_kernel.store.masked import MaskedObject
from effecttalk_kernel.store.spill.writer import Spill, SpillFolder

if TYPE_CHECKING:
    from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder

# The output of a short block is sent with its end. A longer block shows its first output, a
# drawing when more of it is there, and its record after this long.
PATIENCE_SECONDS: Final = 0.003
DRAWING_SECONDS: Final = 0.06
RUNNING_SECONDS: Final = 0.05
# No user waits for the background: its output is shown five times a second.
BACKGROUND_FLUSH_SECONDS: Final = 0.2
# How often a block shows how much of its output is not in the cell.
PROGRESS_SECONDS: Final = 1.0
MAX_LINE: Final = 200


@dataclass(frozen=True, slots=True)
class SharedParts:
    """What all cells of a kernel share."""

    settings: Settings
    publisher: Publisher
    spills: SpillFolder
    pictures: Callable[[], "PictureDecoder"]
    masker: Masker


class CellOutputs:
    """The outputs of one block in its cell, until no process of the block writes any more."""

    def __init__(self, block: Block, parent: Parent, shared: SharedParts) -> None:
        settings = shared.settings
        self.parent = parent
        self._settings = settings
        self._publisher = shared.publisher
        self._lane = Lane.FOREGROUND
        self._loop = asyncio.get_running_loop()
        self._masker = shared.masker
        self._live = (
            {name.value: shared.masker.stream(live=True) for name in Stream}
            if settings.redact_output
            else {}
        )
        self._block = block
        self._limits = _limits(block, settings)
        self._spill = shared.spills.open_spill(
            block.number, self._limits.head_bytes + self._limits.tail_bytes
        )
        self._transcript = self._open_transcript(shared.pictures)
        has_questions = block.spec.input.is_interactive and not block.spec.tty
        self._prompt_line = PromptLine(holds=has_questions)
        self._is_in_question = False  # its last line is a prompt
        self._timer: asyncio.TimerHandle | None = None
        self._flush_seconds = settings.flush_interval_seconds
        self._next = 0.0
        self._next_progress = 0.0
        self._reported_bytes = 0
        self._is_shown = False
        self._is_covered = False
        self.last_record: MaskedObject | None = None  # as it was shown
        # What a headless client, which takes no more messages for the cell, has not seen.
        self._late: list[str] | None = None if block.spec.input.is_interactive else []
        self.has_late_news = False
        self._showing = self._loop.call_later(RUNNING_SECONDS, self._show_record)

    def write(self, stream: Stream, data: bytes) -> None:
        """Take output of the block; it is sent within the flush interval."""
        self._spill.write(stream.value, data)
        if self._live:
            data = self._live[stream.value].feed(data)
        self._write_pieces(self._prompt_line.feed(stream.value, data, self._loop.time()))

    def _write_pieces(self, pieces: Pieces) -> None:
        for name, data in pieces:
            if name == QUESTIONS and not self._is_in_question:
                self._transcript.end_segments()  # also what is drawn, for example by readline
            self._transcript.write(name, data)
            self._is_in_question = name == QUESTIONS and not data.endswith(b"\n")
            if name == QUESTIONS and not self._is_in_question:
                self._transcript.end_segments()
        if pieces:
            self._schedule_flush()

    def resize(self, size: TerminalSize) -> None:
        """Show further output as on a terminal of this size."""
        self._transcript.resize(size.rows, size.columns)

    def cover(self) -> None:
        """Send no changes until `uncover`: a terminal is shown in place of the output."""
        self._is_covered = True

    def uncover(self) -> None:
        """Send what a full-screen program has left."""
        self._is_covered = False
        self._schedule_flush()

    def leave_alternate_screen(self) -> None:
        """Show the usual screens again after a program that ended on the alternate one."""
        self._transcript.leave_alternate_screen()
        self._schedule_flush()

    def write_line(self, text: str) -> None:
        """Write a line of EffectTalk's own to the cell's standard error."""
        self.release_line()
        self._transcript.write_line(Stream.STDERR.value, text)
        self._schedule_flush()

    def finish(self, block: Block, *, is_final: bool) -> None:
        """Send all output that was held back, and the record of *block*."""
        self._block = block
        self._report_removed_spills()
        self.release_line()
        self._prompt_line.holds = False
        for name, stream in self._live.items():
            self._transcript.write(name, stream.finish())
        if is_final or block.state is not State.LAUNCHED:  # otherwise its outcome is not known
            self._conclude()
        self._transcript.finish(self._full_output_hint)
        self._spill.finish(is_final=is_final)
        was_shown = self._is_shown
        if not was_shown:
            self._show_record()
        was_cleared = self.flush(final=True)
        if was_shown and not was_cleared:
            self._show_record()
        self.has_late_news = self._late is not None and self._lane is Lane.BACKGROUND
        self._lane = Lane.BACKGROUND
        self._flush_seconds = max(self._flush_seconds, BACKGROUND_FLUSH_SECONDS)
        if is_final and self._spill.contents is not None:
            self._spill.on_removed = partial(
                _show_removed, self._spill, self._display(), self._publisher, self.parent
            )

    def take_late_display(self) -> dict[str, Any] | None:
        """Return the display of the record if it has news after the end of the cell, else None.

        A headless client drops messages for a cell that has ended. It applies an update of a
        display that comes with the messages for a later cell, so the late text is in there.
        """
        if not self.has_late_news:
            return None
        self.has_late_news = False
        return self._display()

    @property
    def record(self) -> MaskedObject:
        """The record of the block, secrets masked."""
        described = build_record(
            self._block,
            self._transcript.sizes,
            self._spill.contents,
            volatile=self._settings.record_volatile,
            redacted=self._spill.redaction_counts,
        )
        return self._masker.record(described)

    def outputs(self) -> Iterator[dict[str, Any]]:
        """Yield the outputs in the notebook format."""
        yield {
            "output_type": "display_data",
            "data": {MIME_TYPE: self.record},
            "metadata": {},
        }
        for shown in self._transcript.outputs():
            match shown:
                case StreamText(name, text):
                    yield {"output_type": "stream", "name": name, "text": text}
                case MimeBundle(data, metadata):
                    content = {"data": dict(data), "metadata": dict(metadata)}
                    yield {"output_type": "display_data", **content}

    def close(self) -> None:
        """Send all output that was held back; processes that still write are not read any more."""
        self.finish(self._block, is_final=True)

    def release_line(self) -> None:
        """Show an unfinished line that was held back: it is not a prompt."""
        self._write_pieces(self._prompt_line.release())

    def begin_question(self) -> None:
        """Send everything that was written before the prompt of a question."""
        self._transcript.end_turn()
        self.flush()
        self._prompt_line.holds = False  # while it is open, nothing is known about other lines

    def end_question(self) -> None:
        """Note that the question has its answer, or that its program waits no more."""
        self._prompt_line.holds = self._lane is Lane.FOREGROUND

    def show_prompt(self) -> None:
        """Show the prompt of the open question, and later its answer behind it."""
        self._write_pieces(self._prompt_line.show_prompt())
        self._transcript.end_turn()
        self.flush()

    def drop_prompt(self) -> None:
        """Do not show the prompt of the open question: the front end has it with its input box."""
        self._prompt_line.drop_prompt()

    def echo(self, answer: str) -> None:
        """Show the answer to a question as a terminal echoes it, if the prompt is in the cell."""
        text = self._masker.text(answer) if self._live else answer
        self._write_pieces(self._prompt_line.echo(text.encode(errors="surrogateescape")))

    def flush(self, *, final: bool = False) -> bool:
        """Send what waits; return whether the whole cell was sent again, record included."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._loop.time()
        self._next = now + self._flush_seconds
        was_cleared = False
        for message in self._transcript.messages(now, final=final):
            was_cleared |= isinstance(message, ClearOutput)
            self._send_message(message)
        return was_cleared

    @property
    def _has_succeeded(self) -> bool:
        return self._block.status in GOOD and self._block.state is not State.LAUNCHED

    def _conclude(self) -> None:
        """Show standard output as its MIME type, now that the block's own commands are done."""
        if self._transcript.conclude(is_good=self._has_succeeded):
            self._spill.write_all()  # the notebook does not have its bytes as they were

    def _open_transcript(self, pictures: Callable[[], "PictureDecoder"]) -> Transcript:
        # The text of two streams gets at most half of it, pictures the rest.
        total = self._settings.max_block_output_size
        max_bytes = total - 2 * self._limits.max_bytes
        if not self._block.spec.mime:
            return Transcript(self._open_stream, pictures, max_bytes)
        # Imported here: few blocks have one.
        from effecttalk_kernel.output.mime_transcript import MimeTranscript, StdoutType

        form = StdoutType(self._block.spec.mime, self._settings.encoding)
        return MimeTranscript(self._open_stream, pictures, max_bytes, form, total // 2)

    def _open_stream(self, name: str) -> OutputStream:
        settings = self._settings
        return OutputStream(
            StreamOptions(
                limits=self._limits,
                rows=settings.rows,
                columns=settings.columns,
                encoding=settings.encoding,
                is_terminal=self._block.spec.tty,
            )
        )

    # Timing.

    def _schedule_flush(self) -> None:
        if self._timer is None and not self._is_covered:
            patience = DRAWING_SECONDS if self._transcript.draws else PATIENCE_SECONDS
            wait = max(patience, self._next - self._loop.time())
            self._timer = self._loop.call_later(wait, self._handle_timer)

    def _handle_timer(self) -> None:
        self._timer = None
        if self._is_covered:
            return
        wait = self._publisher.wait_seconds(self._lane)
        if wait <= 0:
            self.flush()
            self._show_progress()
        times = (
            wait or None,
            self._transcript.wait_seconds(self._loop.time()),
            self._progress_due,
        )
        due = [seconds for seconds in times if seconds is not None]
        if due:
            self._timer = self._loop.call_later(min(due), self._handle_timer)

    # Output that is held back.

    @property
    def _progress_due(self) -> float | None:
        """Seconds until the next report about output that is held back, None if there is none."""
        if self._transcript.held_bytes == self._reported_bytes:
            return None
        return max(0.0, self._next_progress - self._loop.time())

    def _show_progress(self) -> None:
        now = self._loop.time()
        if not self._next_progress and self._transcript.held_bytes:
            self._next_progress = now + PROGRESS_SECONDS
        elif self._progress_due == 0.0:
            self._next_progress = now + PROGRESS_SECONDS
            self._reported_bytes = self._transcript.held_bytes
            self._show_record()

    def _progress(self) -> str:
        lines = "".join(f"\n  {line[:MAX_LINE]}" for line in self._transcript.newest_lines)
        size = self._transcript.held_bytes
        return f"effecttalk: {size:,} more bytes are not shown yet; last lines:{lines}"

    def _plain_text(self) -> str:
        """Return what stands with the record where it cannot be shown itself; "" for nothing."""
        if self._reported_bytes and self._transcript.held_bytes:
            return self._progress()
        if self._late is None:
            return ""
        text = "".join(self._late)
        if self._block.has_writers:
            text += (
                "effecttalk: processes of this block still run; what they print after the end of"
                f" the last cell is not shown here: effecttalk output {self._block.identity}\n"
            )
        return text

    def _full_output_hint(self, stream: str) -> str:
        """Return a hint how to see the whole of a truncated stream."""
        self._spill.write_all()
        contents = self._spill.contents
        assert contents is not None
        stream = Stream.STDOUT.value if stream == QUESTIONS else stream
        option = " --stderr" if stream == Stream.STDERR.value else ""
        command = f"effecttalk output {self._block.number}{option}"
        size = contents.streams[stream].size_bytes
        if not contents.problem:
            return f"; full output: {command}"
        if not size:
            return f"; the full output was not stored: {contents.problem}"
        return f"; {command} has the first {size:,} bytes: {contents.problem}"

    def _report_removed_spills(self) -> None:
        for number in self._spill.take_removed_blocks():
            self.write_line(
                f"effecttalk: the full output of block {number} was removed to make room"
                " (max_session_size)"
            )

    # Messages.

    def _send_message(self, message: Message) -> None:
        if not self._is_shown:  # it is shown above the output
            self._show_record()
        match message:
            case StreamText(name, text):
                self._publisher.send_text(name, text, self.parent, self._lane)
                if self._late is not None and self._lane is Lane.BACKGROUND:
                    self._late.append(text)
                    self.has_late_news = True
            case ClearOutput():
                if self._late is not None:
                    self._late.clear()
                self._publisher.send("clear_output", {"wait": True}, self.parent, self._lane)
                self._is_shown = False
                self._show_record()
            case MimeBundle(data, metadata):
                content = {"data": data, "metadata": metadata, "transient": {}}
                self._publisher.send("display_data", content, self.parent, self._lane)

    def _show_record(self) -> None:
        kind = "update_display_data" if self._is_shown else "display_data"
        self._is_shown = True
        self._showing.cancel()
        self._publisher.send(kind, self._display(), self.parent, self._lane)

    def _shown_record(self) -> MaskedObject:
        self.last_record = self.record
        return self.last_record

    def _display(self) -> dict[str, Any]:
        data: dict[str, object] = {MIME_TYPE: self._shown_record()}
        if text := self._plain_text():
            data["text/plain"] = text
        return {
            "data": data,
            "metadata": {},
            "transient": {"display_id": f"effecttalk-{self._block.identity}"},
        }


def _limits(block: Block, settings: Settings) -> OutputLimits:
    if block.spec.output_limit is not None:
        return OutputLimits.of(block.spec.output_limit)
    usual = OutputLimits(settings.inline_head_bytes, settings.inline_tail_bytes)
    return usual.within(settings.max_block_output_size // TEXT_SHARE)


def _show_removed(
    spill: Spill, display: Mapping[str, Any], publisher: Publisher, parent: Parent
) -> None:
    """Show in the record of a block that ended long ago that its spill was removed."""
    contents = spill.contents
    assert contents is not None
    record = {**display["data"][MIME_TYPE], "spill": spill_record(contents)}
    content = {**display, "data": {MIME_TYPE: record}}
    publisher.send("update_display_data", content, parent, Lane.BACKGROUND)
