"""Decoder: pictures and other content of one session, from the bytes that carry them."""

from typing import assert_never

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import ContentError, bundle, from_base64, picture
from effecttalk_kernel.output.content.pictures import iterm, sixel
from effecttalk_kernel.output.content.pictures.kitty import KittyDecoder
from effecttalk_kernel.output.terminal.escapes import PictureKind


class PictureDecoder:
    """Turns what the escape filter finds into bundles; *token* is what `display` must know."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._kitty = KittyDecoder()

    def feed(self, kind: PictureKind, data: bytes) -> MimeBundle | None:
        """Return what is to be shown now, if anything; raises ContentError if it cannot be."""
        match kind:
            case PictureKind.ITERM:
                return iterm.decode(data)
            case PictureKind.KITTY:
                return self._kitty.feed(data)
            case PictureKind.SIXEL:
                return picture(sixel.decode(data))
            case PictureKind.DISPLAY:
                return self._display(data)
            case _:
                assert_never(kind)

    def _display(self, data: bytes) -> MimeBundle:
        """Return the content of `TOKEN;type=TYPE;name=BASE64:BASE64`."""
        header, colon, payload = data.partition(b":")
        token, _, fields = header.partition(b";")
        # HTML can run scripts: a log that somebody prints must not bring its own.
        if not (self._token and token == self._token):
            raise ContentError("content was not sent by the session's `display` command")
        if not colon:
            raise ContentError("`display` sent no content")
        given = iterm.arguments(fields)
        name = from_base64(given.get("name", "").encode()).decode(errors="replace")
        return bundle(from_base64(payload), given.get("type", ""), name)
