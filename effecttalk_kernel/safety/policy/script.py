"""Script: every command in the code of a cell, including those that its commands run.

Everything that may run counts: in substitutions, functions and branches. Trees are walked
without recursion: they may be 10,000 levels deep.
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
from effecttalk_kernel.safety.policy.runners import find_commands_run_by, is_keyword
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

# `sudo env bash -c '...'` has 3 levels; no one writes 10.
MAX_DEPTH: Final = 10


class Script:
    """The findings in the code of one cell, in order."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._functions: dict[str, int] = {}

    def __iter__(self) -> Iterator[Finding]:
        pending: list[tuple[Finding, int]] = [(NestedCode(self._code, 1), 0)]
        while pending:
            finding, depth = pending.pop()
            if depth > MAX_DEPTH:
                text = finding.text if isinstance(finding, NestedCode | Command) else ""
                yield UnreadableCode(text, finding.line, "is nested too deeply in other commands")
                continue
            if isinstance(finding, NestedCode):
                nested_findings = self._read_nested(finding)
            else:
                if not (isinstance(finding, Command) and is_keyword(finding)):
                    yield finding
                nested_findings = (
                    find_commands_run_by(finding) if isinstance(finding, Command) else []
                )
            pending += [(nested, depth + 1) for nested in reversed(nested_findings)]

    def is_function(self, command: Command, *, is_defined_before: bool) -> bool:
        """Whether *command* calls a function of the cell.

        *is_defined_before*: a function that is defined before it.
        """
        line = self._functions.get(command.name or "")
        if line is None or not command.is_direct:
            return False
        return line <= command.line or not is_defined_before

    def _read_nested(self, code: NestedCode) -> list[Finding]:
        contents = read_code(code.text, code.line)
        self._functions = contents.functions | self._functions
        return contents.findings


# Nodes in which nothing runs.
INERT_NODES: Final = frozenset(
    {
        "ansi_c_string", "comment", "extglob_pattern", "file_descriptor", "heredoc_content",
        "heredoc_end", "heredoc_start", "number", "raw_string", "regex", "special_variable_name",
        "string_content", "test_operator", "variable_name", "word",
    }
)  # fmt: skip
# Parts of a command that are not arguments.
NON_ARGUMENTS: Final = frozenset(
    {"command_name", "file_redirect", "heredoc_redirect", "herestring_redirect", "subshell",
     "comment", "ERROR"}
)  # fmt: skip
SEQUENCE_NODES: Final = frozenset({"list", "pipeline", "negated_command"})
COMMAND_NODES: Final = frozenset({"command", "declaration_command", "unset_command"})
WRITE_OPERATORS: Final = frozenset({">", ">>", "&>", "&>>", ">|", ">&"})
# Files to which writing changes nothing.
HARMLESS_FILES: Final = re.compile(r"/dev/(?:null|stdout|stderr|tty|fd/\d+)")
DESCRIPTOR: Final = re.compile(r"\d*-?")
BACKQUOTED: Final = re.compile(r"(?<!\\)`((?:[^`\\]|\\.)*)`", re.DOTALL)


@dataclass(slots=True)
class CodeContents:
    """The findings in one piece of code, and its functions."""

    findings: list[Finding] = field(default_factory=list)
    functions: dict[str, int] = field(default_factory=dict)  # lines where they begin


def read_code(code: str, line: int) -> CodeContents:
    """Return the contents of *code*, which begins in this *line*."""
    # Bash drops them too; the grammar takes quadratic time for them.
    source = code.replace("\0", "").encode(errors="replace")
    root = parse(source)
    contents = CodeContents()
    if root is None:
        contents.findings.append(UnreadableCode(code, line, "is too deeply nested to be parsed"))
        return contents
    _TreeWalker(source, line, contents).walk(root)
    if (error := find_error(root)) is not None:
        # From its line on: what follows may have been parsed wrongly too.
        start = source.rfind(b"\n", 0, error.start_byte) + 1
        text = source[start:].decode(errors="replace")
        at = line + error.start_point[0]
        contents.findings.append(UnreadableCode(text, at, "cannot be parsed with certainty"))
    return contents


class _TreeWalker:
    """One walk through one tree."""

    def __init__(self, source: bytes, line: int, contents: CodeContents) -> None:
        self._source = source
        self._first_line = line
        self._contents = contents
        # Arguments and input that stand after redirections, by the command's node.
        self._after_redirections: dict[int, tuple[list[Word], str]] = {}
        self._handlers: dict[str, Callable[[Node], None]] = {
            "command": self._read_command,
            "declaration_command": self._read_declaration,
            "unset_command": self._read_declaration,
            "redirected_statement": self._read_redirected_command,
            "file_redirect": self._read_redirection,
            "heredoc_redirect": self._search_here_document,
            "function_definition": self._read_function,
            "variable_assignment": self._read_assignment,
            "expansion": self._search_expansion,
        }

    def walk(self, root: "Node") -> None:
        """Walk the whole tree, in the order of the code."""
        pending = [root]
        while pending:
            node = pending.pop()
            handler = self._handlers.get(node.type)
            if handler is not None:
                handler(node)
            children = [child for child in node.named_children if child.type not in INERT_NODES]
            children.reverse()
            pending += children

    def _add_finding(self, finding: Finding) -> None:
        self._contents.findings.append(finding)

    def _line_of(self, node: "Node") -> int:
        return self._first_line + node.start_point[0]

    def _read_command(self, node: "Node") -> None:
        words: list[Word] = []
        here_string = ""
        end = -1
        for child in node.children:
            kind = child.type
            if kind == "command_name" or (words and kind not in NON_ARGUMENTS):
                word_node = child.named_children[0] if kind == "command_name" else child
                word = read_word(word_node, self._source)
                if child.start_byte == end:  # 'a'\b is two nodes
                    words[-1] = join_words(words[-1], word)
                else:
                    words.append(word)
                end = child.end_byte
            elif kind == "herestring_redirect" and child.named_children:
                here_string = read_word(child.named_children[-1], self._source).code
        if words:
            self._add_command(node, words, here_string)

    def _read_declaration(self, node: "Node") -> None:
        name = node.children[0]
        words = [literal_word(source_text(name, self._source))]
        words += [
            literal_word(source_text(child, self._source))
            if child.type == "variable_name"
            else read_word(child, self._source)
            for child in node.named_children
            if child.type not in NON_ARGUMENTS
        ]
        self._add_command(node, words, "")

    def _add_command(self, node: "Node", words: list[Word], here_string: str) -> None:
        more, document = self._after_redirections.pop(node.id, ([], ""))
        self._add_finding(Command((*words, *more), self._line_of(node), document or here_string))

    def _read_redirected_command(self, node: "Node") -> None:
        """Note the arguments and the input of a command that the grammar separates from it."""
        body = node.child_by_field_name("body")
        while body is not None and body.type in SEQUENCE_NODES:
            body = body.named_children[-1]
        if body is None or body.type not in COMMAND_NODES:
            return
        words: list[Word] = []
        document = ""
        for child in node.children_by_field_name("redirect"):
            if child.type == "file_redirect":
                # rm >list x -rf: all except the first are arguments.
                targets = child.children_by_field_name("destination")[1:]
            else:
                targets = child.children_by_field_name("argument")
                document = self._read_here_document(child)[0] or document
            words += [read_word(target, self._source) for target in targets]
        if words or document:
            self._after_redirections[body.id] = (words, document)

    def _read_here_document(self, node: "Node") -> tuple[str, bool]:
        """Return a here-document, and whether the shell expands it."""
        body = next((child for child in node.named_children if child.type == "heredoc_body"), None)
        start = next((c for c in node.named_children if c.type == "heredoc_start"), None)
        if body is None or start is None:
            return "", False
        is_quoted = bool(re.search(r"['\"\\]", source_text(start, self._source)))
        return source_text(body, self._source), not is_quoted

    def _search_here_document(self, node: "Node") -> None:
        text, is_expanded = self._read_here_document(node)
        if is_expanded:
            self._find_backquoted(text, self._line_of(node) + 1)

    def _find_backquoted(self, text: str, line: int) -> None:
        """Find the substitutions that the grammar parses as text."""
        at = 0
        for found in BACKQUOTED.finditer(text):
            line += text.count("\n", at, found.start())
            at = found.start()
            self._add_finding(NestedCode(re.sub(r"\\([`$\\])", r"\1", found[1]), line))

    def _search_expansion(self, node: "Node") -> None:
        for child in node.named_children:
            if child.type in {"word", "regex"}:
                self._find_backquoted(source_text(child, self._source), self._line_of(child))

    def _read_redirection(self, node: "Node") -> None:
        target = node.child_by_field_name("destination")
        operator = next((c for c in node.children if not c.is_named), None)
        if target is None or operator is None or operator.type not in WRITE_OPERATORS:
            return
        if target.type == "process_substitution":
            return
        name = read_word(target, self._source).literal or ""
        is_descriptor = operator.type == ">&" and DESCRIPTOR.fullmatch(name) and name != ""
        if not is_descriptor and not HARMLESS_FILES.fullmatch(name):
            written = operator.type + source_text(target, self._source)
            self._add_finding(FileWrite(written, self._line_of(node)))

    def _read_function(self, node: "Node") -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self._contents.functions.setdefault(
                source_text(name, self._source), self._line_of(node)
            )

    def _read_assignment(self, node: "Node") -> None:
        name = source_text(node, self._source).partition("=")[0].removesuffix("+")
        self._add_finding(Assignment(name.partition("[")[0], self._line_of(node)))
