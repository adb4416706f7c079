"""Vault: replaces the secrets in a shell's state by placeholders, and puts them back."""

import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from effecttalk_kernel.bash_quoting import quote_value, quoted_values
from effecttalk_kernel.safety.redaction.escapes import Span
from effecttalk_kernel.safety.redaction.redactor import MASK_BYTES, Redactor
from effecttalk_kernel.safety.redaction.secret_names import is_secret_name, is_switch
from effecttalk_kernel.safety.redaction.statements import (
    LARGE,
    Statement,
    StatementKind,
    split_statements,
)

KEY_BYTES: Final = 32
PLACEHOLDER_DIGITS: Final = 12
PLACEHOLDER: Final = re.compile(rb"%b[0-9a-f]{%d}%b" % (MASK_BYTES, PLACEHOLDER_DIGITS, MASK_BYTES))
# Attributes with which bash evaluates an assigned value, or changes its case.
CHANGING_ATTRIBUTES: Final = b"iulc"
# The letters of escapes in $'...', by the white space that stands for them.
ANSI_SPACE: Final = {b"nr": b"\r\n", b"tabefvE": b"  "}


def secret_values(script: bytes) -> dict[str, str]:
    """Return the values of secret variables in the output of `declare -p`.

    Those of an array are named `NAME`, `NAME[1]` and so on.
    """
    found: dict[str, str] = {}
    for statement in split_statements(script):
        if not _is_secret(statement):
            continue
        values = [_decode(each.value) for each in statement.values]
        names = [statement.name, *(f"{statement.name}[{at}]" for at in range(1, len(values)))]
        found |= {name: value for name, value in zip(names, values, strict=False) if value}
    return found


class Vault:
    """Seals the secrets in snapshots; only the same vault can put them back.

    A placeholder is made with the vault's own key: equal secrets have equal placeholders,
    from which no other process can derive the secret.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._key = secrets.token_bytes(KEY_BYTES)
        self._sealed: dict[bytes, bytes] = {}  # secrets by placeholder
        # The statements of the last call, and their sealed forms.
        self._sealed_as: dict[bytes | int, tuple[bytes, bytes]] = {}
        self._generation = -1
        self._last: tuple[Sequence[bytes], tuple[bytes, ...]] = ((), ())

    def seal(self, statements: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return *statements* with placeholders for their secrets; they are still valid bash.

        Each may be several of them, but is whole.
        """
        if statements == self._last[0] and self._generation == self._redactor.generation:
            return self._last[1]
        before = self._sealed_as
        new = {
            key: [*split_statements(each)]
            for each in statements
            if (key := _key(each)) not in before
        }
        secret = (part.text for parts in new.values() for part in parts if _is_secret(part))
        self._redactor.learn(secret_values(b"".join(secret)))
        if self._generation != self._redactor.generation:
            self._generation = self._redactor.generation
            before = {}
            new = {_key(each): [*split_statements(each)] for each in statements}
        self._sealed_as = {
            key: (each, b"".join(map(self._seal, new[key])) if key in new else before[key][1])
            for key, each in zip(map(_key, statements), statements, strict=True)
        }
        sealed = tuple(self._sealed_as[_key(each)][1] for each in statements)
        self._last = (statements, sealed)
        return sealed

    def unseal(
        self, script: bytes, environment: Mapping[str, str]
    ) -> tuple[bytes, tuple[str, ...]]:
        """Return *script* with its secrets, and the names of variables whose secret is lost.

        Secrets that another vault sealed are taken from *environment*, if they are there.
        """
        if MASK_BYTES not in script or PLACEHOLDER.search(script) is None:
            return script, ()
        pieces, lost = [], set()
        for part in split_statements(script):
            text = self._unseal_statement(part)
            if PLACEHOLDER.search(part.text) and not self._has_sealed_all(part.text):
                text, is_whole = _unseal_from_environment(part, text, environment)
                lost |= {part.name} - {""} if not is_whole else set()
            pieces.append(text)
        return b"".join(pieces), tuple(sorted(lost))

    def _seal(self, part: Statement) -> bytes:
        if part.kind is StatementKind.VARIABLE and b"n" in part.flags:  # its value is a name
            return part.text
        if not _is_secret(part):
            return self._replace_secrets(part.text, self._find_secrets(part))
        values = [value for value in part.values if not is_switch(_decode(value.value))]
        if values and {*CHANGING_ATTRIBUTES} & {*part.flags}:
            return self._seal_declaration(part)
        return self._replace_secrets(part.text, [(value.start, value.end) for value in values])

    def _find_secrets(self, part: Statement) -> list[tuple[int, int]]:
        """Return where the rules and learned values find secrets, after the statement's name."""
        if part.kind is StatementKind.VARIABLE and not part.value_at:
            return []
        body = part.text[part.value_at :]
        spans = self._redactor.find(body).spans
        spaced = _blank_escapes(body) if b"$'" in body else body
        if spaced != body:
            spans = sorted(chain(spans, self._redactor.find(spaced).spans))
        return [(start + part.value_at, end + part.value_at) for start, end in _merge_spans(spans)]

    def _replace_secrets(self, text: bytes, places: list[tuple[int, int]]) -> bytes:
        pieces, at = [], 0
        for start, end in places:
            pieces += [text[at:start], self._make_placeholder(text[start:end])]
            at = end
        return b"".join((*pieces, text[at:]))

    def _seal_declaration(self, part: Statement) -> bytes:
        """Seal a variable whose attributes would change the placeholder, without those."""
        flags = part.flags.translate(None, CHANGING_ATTRIBUTES) or b"-"
        placeholder = self._make_placeholder(part.text)
        value = b'([0]="%b")' % placeholder if part.is_array else b'"%b"' % placeholder
        return b"declare -%b %b=%b\n" % (flags, part.name.encode(), value)

    def _make_placeholder(self, secret: bytes) -> bytes:
        digest = hmac.digest(self._key, secret, "sha256").hex()[:PLACEHOLDER_DIGITS]
        placeholder = MASK_BYTES + digest.encode() + MASK_BYTES
        self._sealed[placeholder] = secret
        return placeholder

    def _unseal_statement(self, part: Statement) -> bytes:
        """Return a statement with those of its secrets that this vault sealed."""
        found = PLACEHOLDER.findall(part.text) if part.kind is StatementKind.VARIABLE else []
        whole = self._sealed.get(found[0], b"") if len(found) == 1 else b""
        if whole.startswith(b"declare -") and whole.endswith(b"\n"):
            return whole
        return PLACEHOLDER.sub(lambda each: self._sealed.get(each[0], each[0]), part.text)

    def _has_sealed_all(self, text: bytes) -> bool:
        return all(each in self._sealed for each in PLACEHOLDER.findall(text))


def _key(statement: bytes) -> bytes | int:
    """Return what identifies a statement; to hash 20 MB would keep other threads from running."""
    return statement if len(statement) < LARGE else id(statement)


def _is_secret(part: Statement) -> bool:
    return (
        part.kind is StatementKind.VARIABLE and b"n" not in part.flags and is_secret_name(part.name)
    )


def _unseal_from_environment(
    part: Statement, text: bytes, environment: Mapping[str, str]
) -> tuple[bytes, bool]:
    """Return a statement that another vault sealed, and whether its secrets were found."""
    if part.kind is not StatementKind.VARIABLE:
        return text, False
    value = environment.get(part.name)
    is_secret = is_secret_name(part.name)
    if value is not None and not part.is_array and (is_secret or _matches_value(part, text, value)):
        quoted = quote_value(value.encode(errors="surrogateescape"))
        return b"declare -%b %b=%b\n" % (part.flags, part.name.encode(), quoted), True
    return b"" if is_secret else text, False


def _matches_value(part: Statement, text: bytes, value: str) -> bool:
    """Whether *value* is that of the variable, apart from its placeholders."""
    around = PLACEHOLDER.split(quoted_values(text, part.value_at)[0].value)
    pattern = b".+".join(map(re.escape, around))
    return re.fullmatch(pattern, value.encode(errors="surrogateescape"), re.DOTALL) is not None


def _decode(value: bytes) -> str:
    return value.decode(errors="surrogateescape")


def _blank_escapes(body: bytes) -> bytes:
    """Replace the escapes of white space in $'...' by as many characters."""
    for escapes, blank in ANSI_SPACE.items():
        for letter in escapes:  # short calls, between which other threads run
            body = body.replace(b"\\%c" % letter, blank)
    return body


def _merge_spans(spans: list[Span]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of *spans*, overlapping ones joined."""
    start = end = -1
    for span in spans:
        if span.start < end:
            end = max(end, span.end)
            continue
        if end > start:
            yield start, end
        start, end = span.start, span.end
    if end > start:
        yield start, end
