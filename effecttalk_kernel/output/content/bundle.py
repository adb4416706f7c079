"""Bundle: content that is no stream of text, as Jupyter shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bundle:
    """The content of a `display_data` message."""

    data: Mapping[str, object]
    metadata: Mapping[str, object] = field(default_factory=dict)
