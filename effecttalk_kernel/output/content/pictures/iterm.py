"""iTerm: pictures as files, `name=...;inline=1;width=100px:BASE64`.

See "Inline Images Protocol" of iTerm2. A size in cells or percent is ignored: a
notebook has no character cells.
"""

import re
from dataclasses import replace
from typing import Final

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import ContentError, decode_base64, make_picture

PIXELS: Final = re.compile(r"(\d{1,5})px")


def decode(data: bytes) -> MimeBundle | None:
    """Return the picture; None for a download, which is not shown."""
    header, colon, payload = data.partition(b":")
    arguments = parse_arguments(header)
    if arguments.get("inline") != "1":
        return None
    if not colon:
        raise ContentError("the picture has no data")
    bundle = make_picture(decode_base64(payload))
    size = {
        side: int(match[1])
        for side in ("width", "height")
        if (match := PIXELS.fullmatch(arguments.get(side, "")))
    }
    return replace(bundle, metadata={next(iter(bundle.data)): size}) if size else bundle


def parse_arguments(header: bytes) -> dict[str, str]:
    """Parse `key=value;key=value`."""
    fields = (field.partition("=") for field in header.decode(errors="replace").split(";"))
    return {key.strip(): value.strip() for key, _, value in fields}
