"""iTerm: pictures sent as files, `name=...;inline=1;width=100px:BASE64`.

See "Inline Images Protocol" of iTerm2. A size in cells or percent is not
heeded: a notebook has no cells.
"""

import re
from dataclasses import replace
from typing import Final

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import ContentError, from_base64, picture

PIXELS: Final = re.compile(r"(\d{1,5})px")


def decode(data: bytes) -> MimeBundle | None:
    """Return the picture; None for a file to be downloaded, which is not to be shown."""
    header, colon, payload = data.partition(b":")
    given = arguments(header)
    if given.get("inline") != "1":
        return None
    if not colon:
        raise ContentError("a picture was sent without its data")
    shown = picture(from_base64(payload))
    size = {
        side: int(found[1])
        for side in ("width", "height")
        if (found := PIXELS.fullmatch(given.get(side, "")))
    }
    return replace(shown, metadata={next(iter(shown.data)): size}) if size else shown


def arguments(header: bytes) -> dict[str, str]:
    """Return what `key=value;key=value` says."""
    fields = (field.partition("=") for field in header.decode(errors="replace").split(";"))
    return {key.strip(): value.strip() for key, _, value in fields}
