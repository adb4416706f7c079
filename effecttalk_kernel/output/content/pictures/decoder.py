"""Decoder: turns the escape sequences of one session into pictures and other content."""

from typing import assert_never

from effecttalk_kernel.output.content import MimeBundle
from effecttalk_kernel.output.content.mime import (
    ContentError,
    decode_base64,
    make_bundle,
    make_picture,
)
from effecttalk_kernel.output.content.pictures import iterm, sixel
from effecttalk_kernel.output.content.pictures.kitty import KittyDecoder
from effecttalk_kernel.output.terminal.escapes import PictureKind


class PictureDecoder:
    """Turns the content of escape sequences into bundles; `display` must send *token*."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._kitty = KittyDecoder()

    def feed(self, kind: PictureKind, data: bytes) -> MimeBundle | None:
        """Return the bundle that *data* completes, if any.

        Raises:
            ContentError: it cannot be shown.

        """
        match kind:
            case PictureKind.ITERM:
                return iterm.decode(data)
            case PictureKind.KITTY:
                return self._kitty.feed(data)
            case PictureKind.SIXEL:
                return make_picture(sixel.decode(data))
            case PictureKind.DISPLAY:
                return self._display(data)
            case _:
                assert_never(kind)

    def _display(self, data: bytes) -> MimeBundle:
        """Return the content of `TOKEN;type=TYPE;name=BASE64:BASE64`."""
        header, colon, payload = data.partition(b":")
        token, _, fields = header.partition(b";")
        # HTML can run scripts: a printed log must not be able to contain any.
        if not (self._token and token == self._token):
            raise ContentError("content was not sent by the session's `display` command")
        if not colon:
            raise ContentError("`display` sent no content")
        arguments = iterm.parse_arguments(fields)
        name = decode_base64(arguments.get("name", "").encode()).decode(errors="surrogateescape")
        return make_bundle(decode_base64(payload), arguments.get("type", ""), name)
