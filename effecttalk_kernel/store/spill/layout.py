"""Contents: what a block's spill holds, and where its files lie.

Of block 12 the raw bytes of each stream are in `12.stdout` and `12.stderr`, and
what they hold is said in `12.json`, which is written when the block has ended.
Files without it belong to a block that runs, or whose kernel was killed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

STREAMS: Final = ("stdout", "stderr")


@dataclass(frozen=True, slots=True)
class SpilledStream:
    """The bytes of one stream that were kept; SHA-256 (FIPS 180-4) of them in hexadecimal."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SpillContents:
    """What a spill holds; *problem* says why some of the output is not there."""

    stdout: SpilledStream
    stderr: SpilledStream
    problem: str = ""

    @property
    def streams(self) -> Mapping[str, SpilledStream]:
        """The streams by their names."""
        return {"stdout": self.stdout, "stderr": self.stderr}

    def to_json(self) -> str:
        """Return the text of the file that describes a spill."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "SpillContents":
        """Return what such a file says.

        Raises:
            ValueError: it is none of ours.

        """
        try:
            fields: dict[str, Any] = json.loads(text)
            stdout, stderr = (SpilledStream(**fields[name]) for name in STREAMS)
            return cls(stdout, stderr, fields["problem"])
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no description of a spill: {error}") from error


def spills_directory(data_directory: Path) -> Path:
    """Return where the spills of all sessions lie, one directory for each."""
    return data_directory / "spills"


def stream_path(directory: Path, number: int, stream: str) -> Path:
    """Return the file with what block *number* of the session wrote to *stream*."""
    return directory / f"{number}.{stream}"


def contents_path(directory: Path, number: int) -> Path:
    """Return the file that says what is in the others."""
    return directory / f"{number}.json"
