"""Masks: keeps secrets out of what is kept, with the rules of the settings and what it learns.

Made when the first block runs: reading the rules takes longer than starting it.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

from effecttalk_kernel.config.settings import Settings

if TYPE_CHECKING:
    from effecttalk_kernel.safety.redaction.redactor import Redactor
    from effecttalk_kernel.safety.redaction.stream import StreamRedactor
    from effecttalk_kernel.safety.redaction.variables import Vault

# The same directories and commands come again and again.
REMEMBERED: Final = 256


class Masks:
    """All that is redacted for one session."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment
        self._remembered = lru_cache(REMEMBERED)(self._text)

    def text(self, text: str) -> str:
        """Return *text*, masked."""
        return self._remembered(text, self.generation)

    @cached_property
    def redactor(self) -> "Redactor":
        """The rules, and the values of variables that are named like secrets."""
        from effecttalk_kernel.safety.redaction.redactor import Redactor
        from effecttalk_kernel.safety.redaction.rules import load_rules

        settings = self._settings
        redactor = Redactor(load_rules(settings.redaction_rules, settings.redaction_off))
        redactor.learn({name: self._environment[name] for name in self._secret_names})
        return redactor

    @property
    def _secret_names(self) -> list[str]:
        from effecttalk_kernel.safety.redaction.names import is_secret_name

        return [name for name, value in self._environment.items() if value and is_secret_name(name)]

    @cached_property
    def vault(self) -> "Vault":
        """What seals states, and can open those it has sealed."""
        from effecttalk_kernel.safety.redaction.variables import Vault

        return Vault(self.redactor)

    def stream(self, *, live: bool = False) -> "StreamRedactor":
        """Return what masks one stream's bytes."""
        from effecttalk_kernel.safety.redaction.stream import StreamRedactor

        return StreamRedactor(self.redactor, live=live)

    def has_secret(self, data: bytes) -> bool:
        """Whether *data* has something that is not kept."""
        stream = self.stream()
        return stream.feed(data) + stream.finish() != data

    def environment(self) -> dict[str, str]:
        """Return the environment that the session began with, masked."""
        from effecttalk_kernel.safety.redaction.redactor import MASK

        secret = {*self._secret_names}
        return {
            name: MASK if name in secret else self.text(value)
            for name, value in self._environment.items()
        }

    @property
    def generation(self) -> int:
        """What grows when a new secret is known."""
        return self.redactor.generation

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """Mask the texts of a block's record that are the user's, in place."""
        for name in ("command", "problem"):
            if name in record:
                record[name] = self.text(record[name])
        record["cwd"] = {name: self.text(place) for name, place in record["cwd"].items()}
        for question in record["input"]:
            question["prompt"] = self.text(question["prompt"])
        return record

    def values(self, value: Any) -> Any:  # noqa: ANN401 # JSON
        """Return a JSON value with all its texts masked."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {key: self.values(item) for key, item in value.items()}
            case list() | tuple():
                return [self.values(item) for item in value]
            case _:
                return value

    def outputs(self, outputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return a cell's outputs, masked."""
        return [self._output(output) for output in outputs]

    def _output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        if output["output_type"] == "stream":
            stream = self.stream()
            data = stream.feed(output["text"].encode(errors="replace")) + stream.finish()
            return {**output, "text": data.decode(errors="replace")}
        if "data" not in output:
            return {name: self.values(value) for name, value in output.items()}
        shown = {
            kind: value if kind.startswith("image/") else self.values(value)
            for kind, value in output["data"].items()
        }
        return {**output, "data": shown}

    def _text(self, text: str, _generation: int) -> str:
        return self.redactor.text(text)[0]
