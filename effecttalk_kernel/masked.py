"""Types of texts that may leave the session: whatever is written to disk, log or pages.

Only `safety.masker` makes them, so mypy finds a text on its way out whose secrets nobody masked.
"""

from typing import Any, NewType

MaskedText = NewType("MaskedText", str)
MaskedBytes = NewType("MaskedBytes", bytes)
# A JSON object. What is taken out of it is masked too.
MaskedObject = NewType("MaskedObject", dict[str, Any])
