"""EffectTalk: a block-based terminal as a Jupyter kernel."""

from typing import Final

__version__: Final = "0.1.0"
