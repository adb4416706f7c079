r"""Bash parser: makes snapshots of the states that a shell writes, in small steps.

A state may have 20 MB. No step is long, whatever the state holds. What is the same as in the last
state is compared, not parsed again, and is in memory once.
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from effecttalk_kernel.bash_quoting import QUOTED, quote_value
from effecttalk_kernel.shell.dialects.bash import Part, Parts, Snapshot
from effecttalk_kernel.shell.dialects.bash_snapshot import (
    BEGINNING,
    CHECKS_NO_WINDOW,
    DYNAMIC,
    END,
    ENTRY,
    FUNCTIONS,
    GROWING,
    HEAD,
    HOOKS,
    JOBS,
    LAZY,
    LEVEL,
    OPTIONS,
    OWN_VARIABLE,
    RESULTS,
    WINDOW,
    clean_functions,
    clean_options,
)
from effecttalk_kernel.shell.steps import Steps, take_all

# The most that one step reads with a regular expression, and the most statements or entries.
STEP_BYTES: Final = 131_072
STEP_ITEMS: Final = 250
# A search for fixed bytes, and a digest, are faster.
FAST_STEP_BYTES: Final = 1_048_576
# The digest of a statement of this size is made once.
LARGE: Final = 65_536
DIGEST_BYTES: Final = 16
# A long list is sorted in this many steps.
BUCKETS: Final = 256

# What a command has outside of quotes, with the quoted values that are whole.
OUTSIDE: Final = re.compile(rb"""(?:[^"'\\\n$]++|%b|\$(?!'))*+""" % QUOTED, re.DOTALL)
STATEMENT: Final = re.compile(OUTSIDE.pattern + rb"\n", re.DOTALL)
# The same for the entry of an array, which ends with a space.
IN_ENTRY: Final = re.compile(rb"""(?:[^"'\\\n$ ]++|%b|\$(?!'))*+""" % QUOTED, re.DOTALL)
# The text between two quotes.
BETWEEN: Final = {
    quote: re.compile(rb"[^%b\\]*+(?:\\.[^%b\\]*+)*+" % (quote, quote), re.DOTALL)
    for quote in (b'"', b"'")
}

Written = bytes | bytearray


def read_snapshot(script: bytes) -> Snapshot:
    """Return the snapshot with this script, at once."""
    return take_all(SnapshotParser().parse(script))


def make_snapshot(parts: Parts) -> Steps[Snapshot]:
    """Make the snapshot that has these parts."""
    options = b"".join(parts[2])
    size = sum(map(len, parts[0]))
    identity = yield from SnapshotParser().identify(parts)
    return Snapshot(parts, identity, b"", b"\n" + options, size)


def with_exports(variables: Part, exports: Mapping[str, str]) -> Part:
    """Return the first part with new values of exported variables.

    Their statements are where bash would print them, so equal states stay equal.
    """
    for name, value in exports.items():
        variables = _with_export(variables, name.encode(), value.encode(errors="surrogateescape"))
    return variables


def _with_export(variables: Part, name: bytes, value: bytes) -> Part:
    statement = b"declare -x %b=%b\n" % (name, quote_value(value))
    end = 0
    for at, each in enumerate(variables):
        if head := HEAD.match(each):
            if head[2] >= name:
                return (*variables[:at], statement, *variables[at + (head[2] == name) :])
            end = at + 1
    return (*variables[:end], statement, *variables[end:])


def find_variable(variables: Part, name: bytes) -> bytes | None:
    """Return the statement that declares a variable, or None."""
    for each in variables:
        if (head := HEAD.match(each)) and head[2] == name:
            return each
    return None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as a shell has written it, and as a snapshot has it: None if that drops it."""

    name: bytes  # of the variable that it declares
    written: bytes
    kept: bytes | None
    is_result: bool = False  # about the last block


@dataclass(frozen=True, slots=True)
class Run:
    """Statements that follow each other and are compared as a whole."""

    statements: Sequence[Statement]
    written: bytes
    kept: Sequence[bytes]
    results: Sequence[bytes]

    @classmethod
    def of(cls, statements: Sequence[Statement]) -> "Run":
        """Make a run; a single statement is not copied."""
        first, *more = (each.written for each in statements)
        return cls(
            statements,
            b"".join((first, *more)) if more else first,
            [each.kept for each in statements if each.kept is not None and not each.is_result],
            [each.kept for each in statements if each.kept is not None and each.is_result],
        )


class Runs:
    """The statements of a state in runs: each run is as long as it has been the same as before."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._pending: list[Statement] = []
        self._is_same = False  # whether those that are pending were in the state before

    def add(self, statement: Statement, *, is_same: bool) -> None:
        """Add a statement; *is_same*: it was in the state before."""
        is_large = len(statement.written) >= LARGE
        if is_large or is_same != self._is_same:
            self._end_run()
        self._is_same = is_same
        if not is_large or statement.written is statement.kept:  # otherwise it takes memory
            self._pending.append(statement)
        if is_large:
            self._end_run()

    def add_run(self, run: Run) -> None:
        """Add a run of the state before."""
        self._end_run()
        self._runs.append(run)

    def finish(self) -> list[Run]:
        """Return all runs."""
        self._end_run()
        return self._runs

    def _end_run(self) -> None:
        if self._pending:
            self._runs.append(Run.of(self._pending))
            self._pending = []


class SnapshotParser:
    """Makes snapshots of the states of one shell, in the order in which it writes them."""

    def __init__(self) -> None:
        # Of the last state: the statements of the first part, and how they were read; large
        # associative arrays with digests of what was written; functions and options as written;
        # digests of large statements; the parts and their identity.
        self._runs: list[Run] = []
        self._rules = (False, False)
        self._arrays: dict[bytes, tuple[bytes, bytes]] = {}
        self._functions: tuple[bytes, bytes] = (b"", b"")
        self._options: tuple[tuple[bytes, bool], bytes] = ((b"", False), b"")
        self._digests: dict[int, tuple[bytes, bytes]] = {}
        self._last: tuple[Parts, str] = (((), (), ()), "")

    def parse(self, written: Written) -> Steps[Snapshot]:
        """Make the snapshot of what a shell has written, or of a script."""
        if not written:
            return Snapshot()
        jobs_at = written.rfind(JOBS)
        end = jobs_at if jobs_at > 0 else len(written)
        own_at = yield from _find(written, OWN_VARIABLE, 0, end)
        functions_at = yield from _find(written, FUNCTIONS, max(0, own_at), end)
        options_at = -1
        if functions_at >= 0:
            options_at = written.rfind(OPTIONS, functions_at + len(FUNCTIONS) - 1, end)
        has_all = options_at >= 0
        if not has_all:
            functions_at = options_at = end
        is_raw = 0 <= own_at < functions_at  # as a shell wrote it, not joined from parts
        options = bytes(written[options_at + 1 : end])
        checks_window = is_raw and CHECKS_NO_WINDOW not in options
        variables, results = yield from self._read_variables(
            written, min(end, functions_at + 1), is_raw=is_raw, checks_window=checks_window
        )
        functions = bytes(written[functions_at + 1 : options_at + 1])
        yield
        if is_raw:
            functions = self._clean_functions(functions)
            options = self._clean_options(options, variables)
        options = options.removesuffix(b"\n\\builtin return 0") + b"\n" + END
        parts: Parts = tuple(variables), (functions,) if functions else (), (options,)
        if parts != self._last[0]:
            self._last = parts, (yield from self.identify(parts))
        is_whole = is_raw and has_all and written.startswith(BEGINNING)
        return Snapshot(
            *self._last,
            b"".join(results),
            bytes(written[options_at:]),
            len(written),
            is_whole=is_whole and written.find(END, options_at) >= 0,
        )

    def identify(self, parts: Parts) -> Steps[str]:
        """Make the digest of *parts*, which only states with the same steps of undo share."""
        whole = blake2b(digest_size=DIGEST_BYTES)
        digests, self._digests = self._digests, {}
        for part in parts:
            whole.update(b"\0")
            for number, statement in enumerate(part):
                if number % STEP_ITEMS == STEP_ITEMS - 1:
                    yield
                head = HEAD.match(statement)
                if head is not None and HOOKS.fullmatch(head[2]):
                    continue
                if len(statement) < LARGE:
                    whole.update(statement)
                    continue
                known, digest = digests.get(id(statement), (b"", b""))
                if known is not statement:
                    digest = yield from _digest(statement, 0, len(statement))
                self._digests[id(statement)] = statement, digest
                whole.update(digest)
        return whole.hexdigest()

    def _read_variables(
        self, text: Written, end: int, *, is_raw: bool, checks_window: bool
    ) -> Steps[tuple[list[bytes], list[bytes]]]:
        """Return the statements of the first part, and those about the last block."""
        last, runs = self._runs, Runs()
        if self._rules != (is_raw, checks_window):
            last, self._rules = [], (is_raw, checks_window)
        arrays, self._arrays = self._arrays, {}
        places: dict[bytes, tuple[int, int]] = {}  # in the runs, by the names of variables
        kept: list[bytes] = []
        results: list[bytes] = []
        at = count = number = place = 0
        while at < end:
            count += 1
            if count % STEP_ITEMS == 0:
                yield
            if place == 0 and number < len(last) and text.startswith(last[number].written, at):
                run = last[number]
                runs.add_run(run)
                kept += run.kept
                results += run.results
                at += len(run.written)
                number += 1
                continue
            head = HEAD.match(text, at, end)
            name = b"" if head is None else head[2]
            expected = last[number].statements[place] if number < len(last) else None
            if expected is not None and expected.name != name:
                places = places or _find_places(last)
                number, place = places.get(name, (number, place))
                expected = last[number].statements[place] if name in places else None
            if expected is not None and text.startswith(expected.written, at):
                statement, is_same = expected, True
                at += len(expected.written)
            else:
                found = STATEMENT.match(text, at, min(at + STEP_BYTES, end))
                stop = found.end() if found else (yield from _find_end(text, at, end, OUTSIDE))
                statement = yield from self._read_statement(text, at, stop, head, arrays)
                at, is_same = stop, False
            if expected is not None:
                place += 1
                if place == len(last[number].statements):
                    number, place = number + 1, 0
            runs.add(statement, is_same=is_same)
            if statement.kept is not None:
                (results if statement.is_result else kept).append(statement.kept)
        self._runs = runs.finish()
        return kept, results

    def _read_statement(
        self,
        text: Written,
        at: int,
        end: int,
        head: re.Match[bytes] | None,
        arrays: Mapping[bytes, tuple[bytes, bytes]],
    ) -> Steps[Statement]:
        """Read a statement that the last state, which has these large *arrays*, does not have."""
        is_raw, checks_window = self._rules
        written = _copy(text, at, end)
        if head is None:
            return Statement(b"", written, written)
        name = head[2]
        if name in RESULTS:
            return Statement(name, written, written, is_result=True)
        if is_raw and _is_dropped(head, checks_window=checks_window):
            return Statement(name, written, None)
        if is_raw and b"A" in head[1]:
            last, kept = arrays.get(name, (b"", b""))
            digest = b"" if len(written) < LARGE else (yield from _digest(written, 0, len(written)))
            if not digest or digest != last:
                kept = yield from _keep_key_order(written, head.end() - at)
            if digest:
                self._arrays[name] = digest, kept
            return Statement(name, written, kept)
        return Statement(name, written, written)

    def _clean_functions(self, written: bytes) -> bytes:
        if written != self._functions[0]:
            self._functions = written, clean_functions(written)
        return self._functions[1]

    def _clean_options(self, written: bytes, variables: Sequence[bytes]) -> bytes:
        has_level = any(statement.startswith(LEVEL) for statement in variables)
        if (written, has_level) != self._options[0]:
            cleaned = clean_options(written, has_level=has_level)
            self._options = (written, has_level), cleaned
        return self._options[1]


def _find_places(runs: Sequence[Run]) -> dict[bytes, tuple[int, int]]:
    """Return where the variables are declared: the numbers of a run and a statement."""
    return {
        statement.name: (number, place)
        for number, run in enumerate(runs)
        for place, statement in enumerate(run.statements)
        if statement.name
    }


def _is_dropped(head: re.Match[bytes], *, checks_window: bool) -> bool:
    """Whether a variable is not the user's, or changes by itself."""
    attributes, name, value = head.groups()
    if name in DYNAMIC or name == b"__et" or name.startswith(b"__et_"):
        return True
    return (checks_window and name in WINDOW and attributes == b"-") or (name in LAZY and not value)


def _find(text: Written, searched: bytes, at: int, end: int) -> Steps[int]:
    """Return where *searched* is, or -1."""
    while at < end:
        stop = at + FAST_STEP_BYTES
        found = text.find(searched, at, min(stop + len(searched), end))
        if found >= 0:
            return found
        at = stop
        yield
    return -1


def _copy(text: Written, at: int, end: int) -> bytes:
    with memoryview(text) as view:
        return bytes(view[at:end])  # copied once


def _digest(text: Written, at: int, end: int) -> Steps[bytes]:
    digest = blake2b(digest_size=DIGEST_BYTES)
    for start in range(at, end, FAST_STEP_BYTES):
        with memoryview(text) as view:
            digest.update(view[start : min(start + FAST_STEP_BYTES, end)])
        if end - start > FAST_STEP_BYTES:
            yield
    return digest.digest()


def _find_end(text: Written, at: int, end: int, outside: re.Pattern[bytes]) -> Steps[int]:
    """Return what follows the first byte that does not belong *outside* of quotes."""
    while at < end:
        stop = min(at + STEP_BYTES, end)
        found = outside.match(text, at, stop)
        at = at if found is None else found.end()
        if at == stop < end and _ends_with_dollar(text, at):
            at -= 1  # what follows may be quoted
        if at < stop:
            quoted = b"$" if text.startswith(b"$'", at) else text[at : at + 1]
            if quoted not in (b'"', b"'", b"$", b"\\"):
                return at + 1
            at = yield from _skip_quoted(text, at, end, bytes(quoted))
        yield
    return end


def _ends_with_dollar(text: Written, at: int) -> bool:
    """Whether an unquoted `$` is before *at*."""
    before = text[max(0, at - STEP_BYTES) : at]
    if not before.endswith(b"$"):
        return False
    return (len(before) - 1 - len(before[:-1].rstrip(b"\\"))) % 2 == 0


def _skip_quoted(text: Written, at: int, end: int, quote: bytes) -> Steps[int]:
    """Return where the quoted text ends that begins at *at*."""
    if quote == b"\\":
        return min(at + 2, end)
    if quote == b"'":
        found = yield from _find(text, b"'", at + 1, end)
        return found + 1 if found >= 0 else end
    closing = b"'" if quote == b"$" else quote
    at += 2 if quote == b"$" else 1
    while at < end:
        found_text = BETWEEN[closing].match(text, at, min(at + STEP_BYTES, end))
        at = at if found_text is None else found_text.end()
        if text.startswith(closing, at):
            return at + 1
        if at >= end - 1:
            break
        yield
    return end


def _keep_key_order(declaration: bytes, at: int) -> Steps[bytes]:
    """Return a declaration that makes an associative array list its keys in the same order."""
    end = len(declaration) - len(b")\n")
    if not (declaration.startswith(b"(", at) and declaration.endswith(b")\n")):
        return declaration
    beginning = at = at + 1
    entries: list[bytes] = []
    while at < end:
        if len(entries) % STEP_ITEMS == STEP_ITEMS - 1:
            yield
        stop = min(at + STEP_BYTES, end)
        found = ENTRY.match(declaration, at, stop)
        if found and (found.end() == end or declaration.startswith(b"[", found.end())):
            entries.append(found[0])
        else:
            after = yield from _find_end(declaration, at, end, IN_ENTRY)
            if not declaration.startswith(b"[", at) or declaration[after - 1] not in b" ":
                return declaration
            entries.append(declaration[at:after])
        at += len(entries[-1])
    ordered = yield from _order(entries)
    return b"".join((declaration[:beginning], *ordered, declaration[end:]))


def _order(entries: list[bytes]) -> Steps[Iterable[bytes]]:
    """Return the entries of a hash table in the order that recreates the table's own order.

    Bash inserts a new entry before those with the same hash. When it enlarges a table, it
    loses their order: then any order will do that is always the same.
    """
    if len(entries) < GROWING:
        return reversed(entries)
    buckets: list[list[bytes]] = [[] for _ in range(BUCKETS)]
    for number, entry in enumerate(entries):
        if number % STEP_ITEMS == STEP_ITEMS - 1:
            yield
        buckets[zlib.crc32(entry) % BUCKETS].append(entry)
    ordered: list[bytes] = []
    for bucket in buckets:
        yield
        ordered += sorted(bucket)
    return ordered
