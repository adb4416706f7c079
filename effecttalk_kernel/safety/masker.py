"""Masker: the one gate for everything that leaves the session; it masks the secrets.

What it returns is valid Unicode: bytes that are not UTF-8 are escaped, see `bash_quoting`. The
rules are read when the first block runs: that takes longer than starting the kernel.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.config.settings import Settings
from effecttalk_kernel.store.masked import MaskedBytes, MaskedObject, MaskedText

if TYPE_CHECKING:
    from effecttalk_kernel.safety.redaction.redactor import Redactor
    from effecttalk_kernel.safety.redaction.vault import Vault

# The same directories and commands come again and again.
CACHED_TEXTS: Final = 256


class Masker:
    """Masks secrets by the rules of the settings, and the values of secret variables."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment
        self._mask = lru_cache(CACHED_TEXTS)(self._mask_text)

    @property
    def generation(self) -> int:
        """A number that grows when a new secret is learned."""
        return self._redactor.generation

    def text(self, text: str) -> MaskedText:
        """Mask *text*."""
        return _escaped_text(self._mask(text, self.generation))

    def path(self, path: str) -> MaskedText:
        """Mask a path or a value, of which no byte is lost."""
        return _escaped_value(self._mask(path, self.generation))

    def environment(self) -> dict[str, MaskedText]:
        """Mask the environment that the session began with."""
        from effecttalk_kernel.safety.redaction.redactor import MASK

        secret = {*self._secret_names}
        return {
            _escaped_value(name): MaskedText(MASK) if name in secret else self.path(value)
            for name, value in self._environment.items()
        }

    def record(self, record: dict[str, Any]) -> MaskedObject:
        """Mask the texts of a block's record that come from the user, in place."""
        for name in ("command", "problem"):
            if name in record:
                record[name] = self.text(record[name])
        record["cwd"] = {name: self.path(path) for name, path in record["cwd"].items()}
        for question in record.get("input", ()):
            question["prompt"] = self.text(question["prompt"])
        return MaskedObject(record)

    def json(self, value: Mapping[str, Any]) -> MaskedObject:
        """Mask all texts in a JSON object, except for pictures in base64."""
        return MaskedObject(_mask_json(value, self.text))

    def outputs(self, outputs: Iterable[Mapping[str, Any]]) -> list[MaskedObject]:
        """Mask the outputs of a cell."""
        return [self._output(output) for output in outputs]

    def stream(self, *, live: bool = False) -> "MaskedStream":
        """Return a masker for the bytes of one stream."""
        return MaskedStream(self._redactor, live=live)

    def pieces_without_secrets(
        self, pieces: Sequence[tuple[str, bytes]]
    ) -> tuple[tuple[str, MaskedBytes], ...] | None:
        """Return *pieces* (stream, bytes) unchanged, or None if a stream has a secret."""
        for stream in {stream for stream, _ in pieces}:
            # Whole streams: a secret may lie across two pieces.
            written = b"".join(data for name, data in pieces if name == stream)
            masked = self.stream()
            if masked.feed(written) + masked.finish() != written:
                return None
        return tuple((stream, MaskedBytes(data)) for stream, data in pieces)

    def seal(self, statements: Sequence[bytes]) -> tuple[MaskedBytes, ...]:
        """Replace the secrets in a state's statements by placeholders, and learn them."""
        return tuple(map(MaskedBytes, self._vault.seal(statements)))

    def unseal(
        self, script: bytes, environment: Mapping[str, str]
    ) -> tuple[bytes, tuple[str, ...]]:
        """Return a sealed *script* with its secrets, and the variables whose secret is lost."""
        return self._vault.unseal(script, environment)

    def page_masker(self) -> "PageMasker":
        """Return a masker for one that reads states in another thread."""
        return PageMasker(self._redactor)

    @cached_property
    def _redactor(self) -> "Redactor":
        from effecttalk_kernel.safety.redaction.redactor import Redactor
        from effecttalk_kernel.safety.redaction.rules import load_rules

        settings = self._settings
        redactor = Redactor(load_rules(settings.redaction_rules, settings.redaction_off))
        redactor.learn({name: self._environment[name] for name in self._secret_names})
        return redactor

    @cached_property
    def _vault(self) -> "Vault":
        from effecttalk_kernel.safety.redaction.vault import Vault

        return Vault(self._redactor)

    @property
    def _secret_names(self) -> list[str]:
        from effecttalk_kernel.safety.redaction.secret_names import is_secret_name

        return [name for name, value in self._environment.items() if value and is_secret_name(name)]

    def _mask_text(self, text: str, _generation: int) -> str:
        return self._redactor.text(text)[0]

    def _output(self, output: Mapping[str, Any]) -> MaskedObject:
        if output["output_type"] != "stream":
            return self.json(output)
        stream = self.stream()
        data = stream.feed(_escaped_text(output["text"]).encode()) + stream.finish()
        return MaskedObject({**output, "text": data.decode(errors="replace")})


class MaskedStream:
    """Masks the bytes of one stream as they come; *live* for a screen, else for a file."""

    def __init__(self, redactor: "Redactor", *, live: bool) -> None:
        from effecttalk_kernel.safety.redaction.stream import StreamRedactor

        self._redactor = StreamRedactor(redactor, live=live)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many secrets were masked so far, by rule."""
        return self._redactor.counts

    def feed(self, data: bytes) -> MaskedBytes:
        """Take what was written; return what can be passed on."""
        return MaskedBytes(self._redactor.feed(data))

    def finish(self) -> MaskedBytes:
        """Return what was held back."""
        return MaskedBytes(self._redactor.finish())


class PageMasker:
    """Masks what pages are shown of states, which it reads in a thread.

    It learns secrets in a redactor of its own: that of the session learns in another thread.
    """

    def __init__(self, session: "Redactor") -> None:
        from effecttalk_kernel.safety.redaction.redactor import Redactor
        from effecttalk_kernel.safety.redaction.vault import Vault

        self._session = session
        self._learned = Redactor(())
        self._vault = Vault(self._learned)

    @property
    def generation(self) -> tuple[int, int]:
        """A value that changes when a new secret is learned."""
        return self._learned.generation, self._session.generation

    def seal(self, statements: Sequence[bytes]) -> tuple[MaskedBytes, ...]:
        """Replace the secrets in a state's variables by placeholders, and learn them."""
        return tuple(map(MaskedBytes, self._vault.seal(statements)))

    def json(self, value: Mapping[str, Any]) -> MaskedObject:
        """Mask all texts in a JSON object."""
        return MaskedObject(_mask_json(value, self.text))

    def text(self, text: str) -> MaskedText:
        """Mask *text*, and placeholders in it."""
        return _escaped_text(self._mask(text))

    def path(self, path: str) -> MaskedText:
        """Mask a path or a value, of which no byte is lost."""
        return _escaped_value(self._mask(path))

    def _mask(self, text: str) -> str:
        from effecttalk_kernel.safety.redaction.redactor import MASK
        from effecttalk_kernel.safety.redaction.secret_names import PLACEHOLDER

        text = PLACEHOLDER.sub(MASK, text)
        for redactor in (self._learned, self._session):
            text = redactor.text(text)[0]
        return text


def _mask_json(value: Any, mask: Callable[[str], MaskedText], key: str = "") -> Any:  # noqa: ANN401 # JSON
    match value:
        # Base64 of a picture hides nothing from rules for text, but may look like a secret.
        case str() if key.startswith("image/") and "xml" not in key:
            return _escaped_text(value)
        case str():
            return mask(value)
        case Mapping():
            return {mask(name): _mask_json(item, mask, name) for name, item in value.items()}
        case list() | tuple():
            return [_mask_json(item, mask, key) for item in value]
        case _:
            return value


def _escaped_text(masked: str) -> MaskedText:
    if masked.isascii():  # as most texts
        return MaskedText(masked)
    # Imported late, as everything that the first block needs and the start does not.
    from effecttalk_kernel.bash_quoting import escape_bytes

    return MaskedText(escape_bytes(masked))


def _escaped_value(masked: str) -> MaskedText:
    if masked.isascii() and "$'" not in masked:
        return MaskedText(masked)
    from effecttalk_kernel.bash_quoting import escape_value

    return MaskedText(escape_value(masked))
