"""Types of masked text: the only text that may go to disk, log or pages.

Only `safety.masker` makes these types, so mypy reports any text that would leave unmasked.
"""

from typing import Any, NewType

MaskedText = NewType("MaskedText", str)
MaskedBytes = NewType("MaskedBytes", bytes)
# A JSON object. What is taken out of it is masked too.
MaskedObject = NewType("MaskedObject", dict[str, Any])
