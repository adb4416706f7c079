"""Script: everything that the code of a cell runs, with what its commands run in turn.

Everything that may run counts, wherever it stands: in substitutions, in functions, in branches.
Trees are walked without recursion: they may be 10,000 levels deep.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from effecttalk_kernel.safety.policy.findings import (
    Assignment,
    Command,
    FileWrite,
    Finding,
    NestedCode,
    UnreadableCode,
)
from effecttalk_kernel.safety.policy.runners import commands_run_by, is_keyword
from effecttalk_kernel.safety.policy.syntax_tree import find_error, parse
from effecttalk_kernel.safety.policy.words import (
    Word,
    join_words,
    literal_word,
    read_word,
    source_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

# `sudo env bash -c '...'` is 3; nobody writes 10.
DEEPEST: Final = 10


class Script:
    """What is in the code of one cell, in its order."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._functions: dict[str, int] = {}

    def __iter__(self) -> Iterator[Finding]:
        pending: list[tuple[Finding, int]] = [(NestedCode(self._code, 1), 0)]
        while pending:
            finding, depth = pending.pop()
            if depth > DEEPEST:
                text = finding.text if isinstance(finding, NestedCode | Command) else ""
                yield UnreadableCode(text, finding.line, "is too deep in other commands to be read")
                continue
            if isinstance(finding, NestedCode):
                inner = self._read(finding)
            else:
                if not (isinstance(finding, Command) and is_keyword(finding)):
                    yield finding
                inner = commands_run_by(finding) if isinstance(finding, Command) else []
            pending += [(one, depth + 1) for one in reversed(inner)]

    def is_function(self, command: Command, *, is_before: bool) -> bool:
        """Whether *command* calls a function of the cell, maybe one that stands *before* it."""
        line = self._functions.get(command.name or "")
        if line is None or not command.is_direct:
            return False
        return line <= command.line or not is_before

    def _read(self, code: NestedCode) -> list[Finding]:
        reading = read_code(code.text, code.line)
        self._functions = reading.functions | self._functions
        return reading.findings


# Nothing runs in them.
LEAVES: Final = frozenset(
    {
        "ansi_c_string", "comment", "extglob_pattern", "file_descriptor", "heredoc_content",
        "heredoc_end", "heredoc_start", "number", "raw_string", "regex", "special_variable_name",
        "string_content", "test_operator", "variable_name", "word",
    }
)  # fmt: skip
# Not arguments among the parts of a command.
NO_ARGUMENTS: Final = frozenset(
    {"command_name", "file_redirect", "heredoc_redirect", "herestring_redirect", "subshell",
     "comment", "ERROR"}
)  # fmt: skip
SEQUENCES: Final = frozenset({"list", "pipeline", "negated_command"})
SIMPLE: Final = frozenset({"command", "declaration_command", "unset_command"})
WRITING: Final = frozenset({">", ">>", "&>", "&>>", ">|", ">&"})
# Writing to them changes nothing.
HARMLESS: Final = re.compile(r"/dev/(?:null|stdout|stderr|tty|fd/\d+)")
DESCRIPTOR: Final = re.compile(r"\d*-?")
BACKQUOTED: Final = re.compile(r"(?<!\\)`((?:[^`\\]|\\.)*)`", re.DOTALL)


@dataclass(slots=True)
class CodeContents:
    """What is in one piece of code."""

    findings: list[Finding] = field(default_factory=list)
    functions: dict[str, int] = field(default_factory=dict)  # lines where they begin


def read_code(code: str, line: int) -> CodeContents:
    """Return what is in *code*, which begins in this *line*."""
    # As bash does; the grammar's time is quadratic in them.
    source = code.replace("\0", "").encode(errors="replace")
    root = parse(source)
    reading = CodeContents()
    if root is None:
        reading.findings.append(UnreadableCode(code, line, "is too tangled to be read"))
        return reading
    _TreeWalk(source, line, reading).over(root)
    if (error := find_error(root)) is not None:
        # From its line on: what follows may have been read wrongly too.
        start = source.rfind(b"\n", 0, error.start_byte) + 1
        text = source[start:].decode(errors="replace")
        at = line + error.start_point[0]
        reading.findings.append(UnreadableCode(text, at, "can't be read for certain"))
    return reading


class _TreeWalk:
    """One way through one tree."""

    def __init__(self, source: bytes, line: int, reading: CodeContents) -> None:
        self._source = source
        self._first_line = line
        self._reading = reading
        # Arguments and input that stand behind redirections, by the command's node.
        self._behind: dict[int, tuple[list[Word], str]] = {}
        self._handlers: dict[str, Callable[[Node], None]] = {
            "command": self._command,
            "declaration_command": self._declaration,
            "unset_command": self._declaration,
            "redirected_statement": self._redirected,
            "file_redirect": self._redirection,
            "heredoc_redirect": self._here_document,
            "function_definition": self._function,
            "variable_assignment": self._assignment,
            "expansion": self._expansion,
        }

    def over(self, root: "Node") -> None:
        """Walk the whole tree, in the order of the code."""
        pending = [root]
        while pending:
            node = pending.pop()
            handler = self._handlers.get(node.type)
            if handler is not None:
                handler(node)
            children = [child for child in node.named_children if child.type not in LEAVES]
            children.reverse()
            pending += children

    def _found(self, finding: Finding) -> None:
        self._reading.findings.append(finding)

    def _line(self, node: "Node") -> int:
        return self._first_line + node.start_point[0]

    def _command(self, node: "Node") -> None:
        words: list[Word] = []
        own_input = ""
        end = -1
        for child in node.children:
            kind = child.type
            if kind == "command_name" or (words and kind not in NO_ARGUMENTS):
                inner = child.named_children[0] if kind == "command_name" else child
                word = read_word(inner, self._source)
                if child.start_byte == end:  # 'a'\b is two nodes
                    words[-1] = join_words(words[-1], word)
                else:
                    words.append(word)
                end = child.end_byte
            elif kind == "herestring_redirect" and child.named_children:
                own_input = read_word(child.named_children[-1], self._source).code
        if words:
            self._add(node, words, own_input)

    def _declaration(self, node: "Node") -> None:
        name = node.children[0]
        words = [literal_word(source_text(name, self._source))]
        words += [
            literal_word(source_text(child, self._source))
            if child.type == "variable_name"
            else read_word(child, self._source)
            for child in node.named_children
            if child.type not in NO_ARGUMENTS
        ]
        self._add(node, words, "")

    def _add(self, node: "Node", words: list[Word], own_input: str) -> None:
        more, document = self._behind.pop(node.id, ([], ""))
        self._found(Command((*words, *more), self._line(node), document or own_input))

    def _redirected(self, node: "Node") -> None:
        """Give a command the arguments and the input that the grammar keeps apart from it."""
        body = node.child_by_field_name("body")
        while body is not None and body.type in SEQUENCES:
            body = body.named_children[-1]
        if body is None or body.type not in SIMPLE:
            return
        words: list[Word] = []
        document = ""
        for child in node.children_by_field_name("redirect"):
            if child.type == "file_redirect":
                # rm >list x -rf: all but the first are arguments.
                targets = child.children_by_field_name("destination")[1:]
            else:
                targets = child.children_by_field_name("argument")
                document = self._document(child)[0] or document
            words += [read_word(target, self._source) for target in targets]
        if words or document:
            self._behind[body.id] = (words, document)

    def _document(self, node: "Node") -> tuple[str, bool]:
        """Return a here-document, and whether the shell expands it."""
        body = next((child for child in node.named_children if child.type == "heredoc_body"), None)
        start = next((c for c in node.named_children if c.type == "heredoc_start"), None)
        if body is None or start is None:
            return "", False
        is_quoted = bool(re.search(r"['\"\\]", source_text(start, self._source)))
        return source_text(body, self._source), not is_quoted

    def _here_document(self, node: "Node") -> None:
        text, is_expanded = self._document(node)
        if is_expanded:
            self._backquoted(text, self._line(node) + 1)

    def _backquoted(self, text: str, line: int) -> None:
        """Find the substitutions that the grammar takes for text."""
        at = 0
        for found in BACKQUOTED.finditer(text):
            line += text.count("\n", at, found.start())
            at = found.start()
            self._found(NestedCode(re.sub(r"\\([`$\\])", r"\1", found[1]), line))

    def _expansion(self, node: "Node") -> None:
        for child in node.named_children:
            if child.type in {"word", "regex"}:
                self._backquoted(source_text(child, self._source), self._line(child))

    def _redirection(self, node: "Node") -> None:
        target = node.child_by_field_name("destination")
        operator = next((c for c in node.children if not c.is_named), None)
        if target is None or operator is None or operator.type not in WRITING:
            return
        if target.type == "process_substitution":
            return
        name = read_word(target, self._source).literal or ""
        is_descriptor = operator.type == ">&" and DESCRIPTOR.fullmatch(name) and name != ""
        if not is_descriptor and not HARMLESS.fullmatch(name):
            written = operator.type + source_text(target, self._source)
            self._found(FileWrite(written, self._line(node)))

    def _function(self, node: "Node") -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self._reading.functions.setdefault(source_text(name, self._source), self._line(node))

    def _assignment(self, node: "Node") -> None:
        name = source_text(node, self._source).partition("=")[0].removesuffix("+")
        self._found(Assignment(name.partition("[")[0], self._line(node)))
