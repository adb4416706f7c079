"""Content: pictures, tables and other MIME types in the output of a block."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MimeBundle:
    """The content of a `display_data` message: the same thing in one or more MIME types."""

    data: Mapping[str, object]
    metadata: Mapping[str, object] = field(default_factory=dict)
