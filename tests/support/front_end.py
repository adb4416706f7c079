"""A front end: what a cell shows when it does what the messages say."""

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.pictures.decoder import PictureDecoder
from effecttalk_kernel.output.terminal.limit import OutputLimits
from effecttalk_kernel.output.terminal.stream import OutputStream, StreamOptions
from effecttalk_kernel.output.transcript import ClearOutput, StreamText, Transcript

LIMITS = OutputLimits(10_000, 10_000)


class FrontEnd:
    """What a cell shows: runs of text and pictures, as JupyterLab puts them together."""

    def __init__(self, max_bytes: int = 1_000_000, limits: OutputLimits = LIMITS) -> None:
        self.limits = limits
        self.transcript = Transcript(self._open, lambda: PictureDecoder("token"), max_bytes)
        self.outputs: list[tuple[str, str]] = []
        self.restarts = 0
        self.sent = 0
        self.now = 0.0

    def _open(self, _name: str) -> OutputStream:
        return OutputStream(StreamOptions(self.limits, 24, 80))

    def update(self, *, final: bool = False) -> None:
        if final:
            self.transcript.finish()
        for message in self.transcript.messages(self.now, final=final):
            match message:
                case ClearOutput():
                    self.outputs.clear()
                    self.restarts += 1
                case StreamText(name, text):
                    self.sent += len(text)
                    old = ""
                    if self.outputs and self.outputs[-1][0] == name:
                        _, old = self.outputs.pop()
                    self.outputs.append((name, added(old, text)))
                case MimeBundle(data):
                    self.outputs.append(("picture", ",".join(sorted(data))))

    def play(self, *writes: tuple[str, bytes], step: float = 1.0) -> list[tuple[str, str]]:
        for name, data in writes:
            self.transcript.write(name, data)
            self.now += step
            self.update()
        self.update(final=True)
        return self.outputs


def added(old: str, new: str) -> str:
    """Put *new* behind *old* where carriage returns overwrite character by character."""
    head, newline, line = old.rpartition("\n")
    for number, part in enumerate(new.split("\r")):
        first, _, rest = part.partition("\n")
        line = first + line[len(first) :] if number else line + first
        if "\n" in part:
            head, newline, line = (head + newline + line + "\n" + rest).rpartition("\n")
    return head + newline + line
