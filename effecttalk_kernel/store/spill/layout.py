"""The files of a spill, and the description of their content.

The bytes of block 12 are in `12.stdout` and `12.stderr`; `12.json` describes them and is
written when the block has ended. Without it, the block still runs, or its kernel was killed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

STREAMS: Final = ("stdout", "stderr")


@dataclass(frozen=True, slots=True)
class SpilledStream:
    """Size and SHA-256 (FIPS 180-4, in hexadecimal) of the bytes of one stream that were kept."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SpillContents:
    """The content of a spill; *problem* tells why some of the output is missing."""

    stdout: SpilledStream
    stderr: SpilledStream
    problem: str = ""

    @property
    def streams(self) -> Mapping[str, SpilledStream]:
        """The streams by name."""
        return {"stdout": self.stdout, "stderr": self.stderr}

    def to_json(self) -> str:
        """Return the text of the file that describes a spill."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "SpillContents":
        """Read the text of such a file.

        Raises:
            ValueError: it does not describe a spill.

        """
        try:
            fields: dict[str, Any] = json.loads(text)
            stdout, stderr = (SpilledStream(**fields[name]) for name in STREAMS)
            return cls(stdout, stderr, fields["problem"])
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a description of a spill: {error}") from error


def spills_directory(data_directory: Path) -> Path:
    """Return the directory of all spills; each session has a directory in it."""
    return data_directory / "spills"


def stream_path(directory: Path, number: int, stream: str) -> Path:
    """Return the file with the bytes that block *number* wrote to *stream*."""
    return directory / f"{number}.{stream}"


def contents_path(directory: Path, number: int) -> Path:
    """Return the file that describes the others."""
    return directory / f"{number}.json"
