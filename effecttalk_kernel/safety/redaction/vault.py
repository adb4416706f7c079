"""Variables: the secrets in a shell's state, sealed in what is kept of it."""

import hmac
import re
import secrets
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from effecttalk_kernel.bash_quoting import quote_value, quoted_values
from effecttalk_kernel.safety.redaction.escapes import Span
from effecttalk_kernel.safety.redaction.redactor import MASK_BYTES, Redactor
from effecttalk_kernel.safety.redaction.secret_names import is_secret_name, is_switch
from effecttalk_kernel.safety.redaction.statements import Statement, StatementKind, statements

__all__ = ["Vault", "environment_secrets", "is_secret_name", "secret_values"]

KEY_BYTES: Final = 32
DIGITS: Final = 12
PLACEHOLDER: Final = re.compile(rb"%b[0-9a-f]{%d}%b" % (MASK_BYTES, DIGITS, MASK_BYTES))
# Attributes by which bash computes with what is assigned, or changes its case.
CHANGING: Final = b"iulc"
# In $'...', what separates words and lines; as long as what stands there.
ANSI_SPACE: Final = re.compile(rb"\\[nrtabefvE]")


def secret_values(script: bytes) -> dict[str, str]:
    """Return the values of secret variables in the output of `declare -p`.

    An array's are named `NAME[0]` and on.
    """
    found: dict[str, str] = {}
    for statement in statements(script):
        if not _is_secret(statement):
            continue
        values = [_text(each.value) for each in statement.values]
        names = [statement.name, *(f"{statement.name}[{at}]" for at in range(1, len(values)))]
        found |= {name: value for name, value in zip(names, values, strict=False) if value}
    return found


def environment_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of *environment* that are named like secrets."""
    return {name: value for name, value in environment.items() if value and is_secret_name(name)}


class Vault:
    """Seals the secrets in snapshots; only it can put them back.

    A secret becomes a placeholder, made with a key of its own: equal ones are
    equal, and nobody else can find out what they are.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._key = secrets.token_bytes(KEY_BYTES)
        self._sealed: dict[bytes, bytes] = {}  # what placeholders stand for
        self._statements: dict[bytes, bytes] = {}  # of the last script, and what they became
        self._generation = -1
        self._last = (b"", b"")

    def seal(self, script: bytes) -> bytes:
        """Return *script* with placeholders for its secrets; bash can still read it."""
        if script == self._last[0] and self._generation == self._redactor.generation:
            return self._last[1]
        parts = list(statements(script))
        new = [part for part in parts if part.text not in self._statements]
        self._redactor.learn(secret_values(b"".join(part.text for part in new if _is_secret(part))))
        if self._generation != self._redactor.generation:
            self._generation = self._redactor.generation
            self._statements = {}
        before = self._statements
        self._statements = {part.text: before.get(part.text) or self._seal(part) for part in parts}
        sealed = b"".join(self._statements[part.text] for part in parts)
        self._last = (script, sealed)
        return sealed

    def unseal(
        self, script: bytes, environment: Mapping[str, str]
    ) -> tuple[bytes, tuple[str, ...]]:
        """Return *script* with its secrets, and the names of what could not be made whole.

        What another vault has sealed comes from *environment*, as far as it is there.
        """
        if PLACEHOLDER.search(script) is None:
            return script, ()
        pieces, lost = [], set()
        for part in statements(script):
            text = self._opened(part)
            if PLACEHOLDER.search(part.text) and not self._knows(part.text):
                text, is_whole = _from_environment(part, text, environment)
                lost |= {part.name} - {""} if not is_whole else set()
            pieces.append(text)
        return b"".join(pieces), tuple(sorted(lost))

    def _seal(self, part: Statement) -> bytes:
        if part.kind is StatementKind.VARIABLE and b"n" in part.flags:  # its value is a name
            return part.text
        if not _is_secret(part):
            return self._replaced(part.text, self._found(part))
        values = [value for value in part.values if not is_switch(_text(value.value))]
        if values and {*CHANGING} & {*part.flags}:
            return self._plain_declaration(part)
        return self._replaced(part.text, [(value.start, value.end) for value in values])

    def _found(self, part: Statement) -> list[tuple[int, int]]:
        """Return what rules and learned values find, behind the statement's name."""
        if part.kind is StatementKind.VARIABLE and not part.value_at:
            return []
        body = part.text[part.value_at :]
        spans = self._redactor.find(body).spans
        if ANSI_SPACE.search(body):
            spaced = ANSI_SPACE.sub(_white_space, body)
            spans = sorted(chain(spans, self._redactor.find(spaced).spans))
        return [(start + part.value_at, end + part.value_at) for start, end in _union(spans)]

    def _replaced(self, text: bytes, places: list[tuple[int, int]]) -> bytes:
        pieces, at = [], 0
        for start, end in places:
            pieces += [text[at:start], self._placeholder(text[start:end])]
            at = end
        return b"".join((*pieces, text[at:]))

    def _plain_declaration(self, part: Statement) -> bytes:
        """Seal a variable whose attributes would change the placeholder, with those."""
        flags = part.flags.translate(None, CHANGING) or b"-"
        placeholder = self._placeholder(part.text)
        value = b'([0]="%b")' % placeholder if part.is_array else b'"%b"' % placeholder
        return b"declare -%b %b=%b\n" % (flags, part.name.encode(), value)

    def _placeholder(self, secret: bytes) -> bytes:
        digest = hmac.digest(self._key, secret, "sha256").hex()[:DIGITS]
        placeholder = MASK_BYTES + digest.encode() + MASK_BYTES
        self._sealed[placeholder] = secret
        return placeholder

    def _opened(self, part: Statement) -> bytes:
        """Return a statement with those of its secrets that are known here."""
        found = PLACEHOLDER.findall(part.text) if part.kind is StatementKind.VARIABLE else []
        whole = self._sealed.get(found[0], b"") if len(found) == 1 else b""
        if whole.startswith(b"declare -") and whole.endswith(b"\n"):
            return whole
        return PLACEHOLDER.sub(lambda each: self._sealed.get(each[0], each[0]), part.text)

    def _knows(self, text: bytes) -> bool:
        return all(each in self._sealed for each in PLACEHOLDER.findall(text))


def _is_secret(part: Statement) -> bool:
    return (
        part.kind is StatementKind.VARIABLE and b"n" not in part.flags and is_secret_name(part.name)
    )


def _from_environment(
    part: Statement, text: bytes, environment: Mapping[str, str]
) -> tuple[bytes, bool]:
    """Return a statement that this vault can't open, and whether it is whole."""
    if part.kind is not StatementKind.VARIABLE:
        return text, False
    value = environment.get(part.name)
    is_secret = is_secret_name(part.name)
    if value is not None and not part.is_array and (is_secret or _fits(part, text, value)):
        quoted = quote_value(value.encode(errors="surrogateescape"))
        return b"declare -%b %b=%b\n" % (part.flags, part.name.encode(), quoted), True
    return b"" if is_secret else text, False


def _fits(part: Statement, text: bytes, value: str) -> bool:
    """Whether *value* is that of the variable, but for what is sealed."""
    around = PLACEHOLDER.split(quoted_values(text, part.value_at)[0].value)
    pattern = b".+".join(map(re.escape, around))
    return re.fullmatch(pattern, value.encode(errors="surrogateescape"), re.DOTALL) is not None


def _text(value: bytes) -> str:
    return value.decode(errors="surrogateescape")


def _white_space(found: re.Match[bytes]) -> bytes:
    return b"\r\n" if found[0] in {b"\\n", b"\\r"} else b"  "


def _union(spans: list[Span]) -> Iterator[tuple[int, int]]:
    """Yield the places of *spans*, those that overlap as one."""
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
