"""Undo: calls that restore an earlier state of the session, or one of another session.

{"call": "undo", "steps": 1}      {"call": "redo", "steps": 1}
{"call": "goto", "block": 12}     {"call": "load", "state": "SESSION-NUMBER"}

They start from the state before the block that makes the call: its own changes are lost. A
second call in the same block starts from the state to which the first one leads.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from effecttalk_kernel.errors import EffectTalkError
from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.session.saved_states import SavedState, StateStore
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.session.timeline import Timeline, TimelineError, TimelineState
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.process_tree import find_living_groups
from effecttalk_kernel.shell.steps import take_slowly

Arguments = Mapping[str, object]
Answer = Mapping[str, object]
MAX_STEPS: Final = 1_000_000


class UndoHistory:
    """The timeline of a session's states, and the calls that move along it."""

    def __init__(self, session: ShellSession, states: StateStore) -> None:
        self._session = session
        self._states = states
        self._timeline = Timeline()
        self._current = Snapshot()
        # Every process group that was a job of one of the session's shells, and its text.
        self._jobs: dict[int, str] = {}

    @property
    def calls(self) -> Mapping[str, Callable[[Arguments], Awaitable[Answer]]]:
        """The functions that answer the calls, by name."""
        return {"undo": self._undo, "redo": self._redo, "goto": self._goto, "load": self._load}

    # Events of the session.

    def add_state(self, number: int, state: Snapshot) -> None:
        """Note the state after a block."""
        self._timeline = self._timeline.add(TimelineState(number, state.identity))
        self._current = state
        for job in state.jobs:
            self._jobs[job.group] = job.shown

    def note_lost_shell(self, number: int) -> None:
        """Note that the shell was lost in a block."""
        self._timeline = self._timeline.lose(number)

    # Calls.

    async def _undo(self, arguments: Arguments) -> Answer:
        count = _parse_number(arguments, "steps", minimum=1)
        return await self._move(lambda timeline: timeline.undo(count))

    async def _redo(self, arguments: Arguments) -> Answer:
        count = _parse_number(arguments, "steps", minimum=1)
        return await self._move(lambda timeline: timeline.redo(count))

    async def _goto(self, arguments: Arguments) -> Answer:
        number = _parse_number(arguments, "block", minimum=0)
        return await self._move(lambda timeline: timeline.goto(number))

    async def _load(self, arguments: Arguments) -> Answer:
        await self._session.state()  # the shell may still be writing it
        try:
            saved = await self._states.find_state(str(arguments.get("state", "")))
        except EffectTalkError as error:
            raise CallError(str(error)) from error
        state = await _read(saved)
        timeline = self._timeline.load(TimelineState(self._session.count, state.identity))
        return self._restore(timeline, saved, state)

    async def _move(self, step: Callable[[Timeline], Timeline]) -> Answer:
        await self._session.state()
        while True:
            target = self._apply_step(step).current
            assert target is not None
            saved = (
                await self._states.state(target.number) if self._timeline.holds(target) else None
            )
            if saved is None:
                raise CallError(f"the state after block {target.number} is no longer stored")
            state = await _read(saved)
            # A block may have ended, or another call been faster, in the meantime.
            timeline = self._apply_step(step)
            if timeline.current == target:
                return self._restore(timeline, saved, state)

    def _apply_step(self, step: Callable[[Timeline], Timeline]) -> Timeline:
        try:
            return step(self._timeline)
        except TimelineError as error:
            raise CallError(str(error)) from error

    def _restore(self, timeline: Timeline, saved: SavedState, state: Snapshot) -> Answer:
        target = timeline.current
        assert target is not None
        text = [
            f"the next block starts with {_describe_target(target, saved)}",
            *self._describe_differences(state),
        ]
        text += self._describe_losses(saved)
        self._timeline = timeline.replace_current(state.identity)
        self._current = state
        self._session.restore(state)
        return {"text": text}

    # Texts for the user.

    def _describe_differences(self, state: Snapshot) -> list[str]:
        # Imported here: compiling its regular expressions takes 2 ms.
        from effecttalk_kernel.shell.dialects.bash_changes import (
            find_changes,
            find_directory,
            join_names,
        )

        found = find_changes(self._current.parts, state.parts)
        if not found:
            return ["  this is the current state"]
        if "directory" in found:
            found["directory"] = [find_directory(state.parts[0])]
        names = (f"{kind} {join_names(names)}".strip() for kind, names in found.items())
        return [f"  different: {'; '.join(names)}"]

    def _describe_losses(self, saved: SavedState) -> list[str]:
        """Return what is not restored, one line for each kind."""
        from effecttalk_kernel.shell.dialects.bash_changes import find_directory, join_names

        alive = find_living_groups(self._jobs)
        self._jobs = {group: text for group, text in self._jobs.items() if group in alive}
        ended = (Counter(saved.jobs) - Counter(self._jobs.values())).elements()
        orphans = [job.shown for job in self._current.jobs if job.group in alive]
        files = [f"{number} ({path})" for number, path in self._session.open_files.items()]
        place = find_directory(saved.parts[0])
        is_gone = bool(place) and not Path(place).is_dir()
        lines = {
            "jobs that were running then and have ended": [*ended],
            "processes that continue, but are not jobs of the new shell": orphans,
            "open files that the new shell does not have": files,
            "secrets that are not stored": [*saved.unknown],
            "missing directory": [place] if is_gone else [],
        }
        return [f"  {what}: {join_names(names)}" for what, names in lines.items() if names]


async def _read(saved: SavedState) -> Snapshot:
    # Imported here: compiling its regular expressions takes some ms.
    from effecttalk_kernel.shell.dialects.bash_parser import make_snapshot

    return await take_slowly(make_snapshot(saved.parts))


def _describe_target(target: TimelineState, saved: SavedState) -> str:
    if saved.block:
        return f"the state after block {saved.block}"
    if target.number == 0:
        return "the state at the start of the session"
    return f"the state after block {target.number}"


def _parse_number(arguments: Arguments, name: str, *, minimum: int) -> int:
    value = arguments.get(name, minimum)
    if not isinstance(value, int) or not minimum <= value <= MAX_STEPS:
        raise CallError(f"{name} must be a whole number from {minimum}, not {value!r}")
    return value
