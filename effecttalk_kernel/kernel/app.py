"""App: starts a kernel: settings, shell, channels, event loop.

The order makes the start fast: the shell is spawned first, and reads its start-up
files while Python imports the Jupyter packages.
"""

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Dict, Unicode
from traitlets.config import Application

from effecttalk_kernel import __version__
from effecttalk_kernel.config.loader import LoadedSettings, load_settings
from effecttalk_kernel.config.settings import (
    DATA_DIR,
    NOTEBOOK,
    OWN_NOTEBOOK,
    PYTHON,
    PYTHONPATH,
    RESUME,
    SESSION,
    SESSION_NOTEBOOK,
    SOCKET,
    TOKEN,
    Settings,
)
from effecttalk_kernel.errors import SettingsError
from effecttalk_kernel.kernel.log import start_logging
from effecttalk_kernel.kernel.sockets import Sockets
from effecttalk_kernel.lazy_packages import delay_unused_packages
from effecttalk_kernel.safety.masker import Masker
from effecttalk_kernel.session.runtime_directory import RuntimeDirectory
from effecttalk_kernel.session.session import SessionOptions, ShellSession
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.resource_limits import ResourceLimits
from effecttalk_kernel.shell.spawn import ShellOptions
from effecttalk_kernel.shell.terminal import TerminalSize

log = logging.getLogger("effecttalk")

# For programs in a notebook: no pager waits for a key, and JupyterLab shows all colours.
ENVIRONMENT: Final = {
    "COLORTERM": "truecolor",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "cat",
}
# Variables for this kernel that kernels started in its cells must not inherit.
NOT_INHERITED: Final = frozenset({RESUME, OWN_NOTEBOOK})

# Commands of every session; they come first on PATH.
COMMANDS: Final = Path(__file__).parents[1] / "shell" / "commands"

# How long the loop waits for a thread that computes: by default 5 ms after each call of the system.
THREAD_SECONDS: Final = 0.0005

# Well after the first cell, so that no user waits for it.
CLEANUP_SECONDS: Final = 10.0


class KernelApp(Application):
    """Runs an EffectTalk kernel until it is shut down."""

    name = "effecttalk"
    version = __version__
    description = "EffectTalk: a block-based terminal as a Jupyter kernel."
    classes = [Settings]  # noqa: RUF012 # a traitlet of the base class
    aliases = Dict({"f": "KernelApp.connection_file"})
    connection_file = Unicode(
        "", help="The connection file that the client wrote; without one, the kernel writes it."
    ).tag(config=True)

    def read_settings(self, argv: list[str]) -> LoadedSettings:
        """Return the settings from files, notebook, environment and command line.

        Raises:
            SystemExit: one of them is invalid.

        """
        self.parse_command_line(argv)
        try:
            return load_settings(os.environ, self.config)
        except SettingsError as error:
            raise SystemExit(f"effecttalk: {error}") from error


def new_identity(settings: Settings) -> str:
    """Return the identity of a new session."""
    return secrets.token_hex(settings.session_id_length)[: settings.session_id_length]


def session_options(
    settings: Settings, environment: Mapping[str, str], identity: str, runtime_directory: Path
) -> SessionOptions:
    """Return the options of the session *identity*."""
    shell = ShellOptions(
        program=settings.shell,
        load_rc=settings.load_rc,
        size=TerminalSize(settings.rows, settings.columns),
        environment={
            **{name: value for name, value in environment.items() if name not in NOT_INHERITED},
            **ENVIRONMENT,
            "TERM": settings.pty_term_type,
            "PATH": f"{COMMANDS}:{environment.get('PATH', os.defpath)}",
            SESSION: identity,
            SESSION_NOTEBOOK: environment.get(NOTEBOOK, ""),
            DATA_DIR: str(settings.data_directory),
            PYTHON: sys.executable,
            PYTHONPATH: os.pathsep.join(filter(os.path.isabs, sys.path)),
            TOKEN: secrets.token_hex(16),
            SOCKET: str(runtime_directory / "calls"),
        },
        cwd=_working_directory(),
        limits=ResourceLimits(
            cpu_seconds=settings.cpu_limit,
            memory_bytes=settings.memory_limit,
            file_bytes=settings.file_size_limit,
        ),
    )
    return SessionOptions(
        identity=identity,
        supervisor=SupervisorOptions(
            shell=shell,
            runtime_directory=runtime_directory,
            spawn_timeout_seconds=settings.process_spawn_timeout,
        ),
        interrupt_grace_seconds=settings.interrupt_grace_seconds,
        spare_terminals=settings.resource_pool_size,
    )


def main(sockets: Sockets, arguments: list[str]) -> None:
    """Run a kernel on *sockets* until it is shut down."""
    app = KernelApp()
    configured = app.read_settings(arguments)
    settings = configured.settings
    _check_rules(settings)
    masker = Masker(settings, os.environ)
    start_logging(settings.log_level, masker.text)
    _check_policy(settings)
    identity = new_identity(settings)
    runtime = RuntimeDirectory.create(Path(jupyter_runtime_dir()), identity)
    try:
        _run(sockets, configured, identity, runtime, masker)
    finally:
        runtime.close()


def _run(
    sockets: Sockets,
    configured: LoadedSettings,
    identity: str,
    runtime: RuntimeDirectory,
    masker: Masker,
) -> None:
    """Run the session *identity* until it is shut down."""
    settings = configured.settings
    options = session_options(settings, os.environ, identity, runtime.path)
    beginning = _Beginning(options)
    if settings.resume:
        beginning = _resume(settings, options, masker)
    options = beginning.options
    supervisor = ShellSupervisor(options.supervisor)
    supervisor.snapshot = beginning.state
    for problem in (*configured.problems, *_terminal_problems(settings.pty_term_type)):
        log.warning("setting.refused %s", problem)
    for problem in configured.problems:
        supervisor.warn(problem)
    if beginning.notice:
        supervisor.warn(beginning.notice)
    supervisor.spawn()
    _serve(sockets, settings, options, supervisor, runtime, masker)


def _terminal_problems(name: str) -> Iterator[str]:
    """Yield a problem if terminfo does not know terminals of type *name*; programs might."""
    if name == Settings.class_traits()["pty_term_type"].default():
        return
    # Imported late: few users have another type.
    import curses

    try:
        with Path(os.devnull).open("rb") as terminal:
            curses.setupterm(name, terminal.fileno())
    except curses.error:
        yield f"pty_term_type: unknown terminal type {name!r} in this machine's terminfo"


def _check_rules(settings: Settings) -> None:
    """Refuse invalid rules for secrets: without them, secrets would be stored.

    Raises:
        SystemExit: a rule is invalid or does not exist.

    """
    if not (settings.redaction_rules or settings.redaction_off):
        return
    # Imported late: few users have rules of their own.
    from effecttalk_kernel.safety.redaction.rules import RuleError, load_rules

    try:
        load_rules(settings.redaction_rules, settings.redaction_off)
    except RuleError as error:
        raise SystemExit(f"effecttalk: Settings.redaction_rules, redaction_off: {error}") from error


def _check_policy(settings: Settings) -> None:
    """Refuse invalid patterns of the policy: without them, it would allow commands.

    Raises:
        SystemExit: a pattern is invalid.

    """
    lists = {
        "policy_deny": settings.policy_deny,
        "policy_confirm": settings.policy_confirm,
        "policy_allow": settings.policy_allow,
    }
    if not any(lists.values()):
        return
    # Imported late: few users have a policy.
    from effecttalk_kernel.safety.policy.patterns import CommandPattern, PolicyError

    for name, patterns in lists.items():
        try:
            for text in patterns:
                CommandPattern(text)
        except PolicyError as error:
            raise SystemExit(f"effecttalk: Settings.{name}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What a session begins with, and a notice about it for the user."""

    options: SessionOptions
    state: Snapshot = field(default_factory=Snapshot)
    notice: str = ""


def _resume(settings: Settings, options: SessionOptions, masker: Masker) -> _Beginning:
    """Return the beginning with the state that the settings name."""
    # Imported late: most sessions resume nothing.
    from effecttalk_kernel.journal.resume import find_resumed_state
    from effecttalk_kernel.shell.dialects.bash_parser import make_snapshot
    from effecttalk_kernel.shell.steps import take_all
    from effecttalk_kernel.store.errors import StoreError

    environment = options.supervisor.shell.environment
    try:
        beginning = find_resumed_state(settings, masker, environment)
    except StoreError as error:
        problem = f"the session starts without its earlier state: {error}"
        return _Beginning(options, notice=problem)
    if beginning is None:
        return _Beginning(options)
    # A state has no variables that bash cannot assign.
    shell = replace(options.supervisor.shell, environment={**environment, **beginning.unassignable})
    supervisor = replace(options.supervisor, shell=shell)
    lines = [f"this session continues from block {beginning.block}", *beginning.describe_losses()]
    return _Beginning(
        replace(options, supervisor=supervisor, continues=beginning.block),
        take_all(make_snapshot(beginning.parts)),
        "; ".join(lines),
    )


def _serve(
    sockets: Sockets,
    settings: Settings,
    options: SessionOptions,
    supervisor: ShellSupervisor,
    runtime: RuntimeDirectory,
    masker: Masker,
) -> None:
    # Imported late: the shell starts meanwhile.
    delay_unused_packages()
    from effecttalk_kernel.kernel.channels import Channels
    from effecttalk_kernel.kernel.kernel import EffectTalkKernel

    sys.setswitchinterval(THREAD_SECONDS)

    async def start() -> tuple[Channels, EffectTalkKernel]:
        channels = Channels(sockets)
        kernel = EffectTalkKernel(channels, settings, options, supervisor, runtime, masker, log)
        kernel.start()
        return channels, kernel

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        channels, kernel = loop.run_until_complete(start())
        _handle_signals(loop, kernel.shell_session)
        loop.call_later(CLEANUP_SECONDS, runtime.remove_abandoned)
        loop.run_forever()
        _run_to_end(loop, kernel.close())
        channels.close()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _handle_signals(loop: asyncio.AbstractEventLoop, session: ShellSession) -> None:
    """Interrupt on SIGINT; stop on SIGTERM and when the parent process ends."""
    loop.add_signal_handler(signal.SIGINT, session.interrupt)
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    parent = int(os.environ.get("JPY_PARENT_PID") or 0)
    if parent > 1:
        try:
            ending = os.pidfd_open(parent)
        except ProcessLookupError:
            loop.call_soon(loop.stop)
        else:
            loop.add_reader(ending, _stop_with_parent, loop, ending)


def _stop_with_parent(loop: asyncio.AbstractEventLoop, ending: int) -> None:
    """Stop the loop once: *ending* stays readable."""
    loop.remove_reader(ending)
    loop.stop()


def _run_to_end(loop: asyncio.AbstractEventLoop, work: Coroutine[None, None, None]) -> None:
    """Run *work* to its end, also if a signal, a request or the parent's end stops the loop."""
    task = loop.create_task(work)
    task.add_done_callback(lambda _: loop.stop())
    while not task.done():
        loop.run_forever()
    task.result()


def _working_directory() -> str:
    """Return the directory for the session: the current one, or home if that was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return str(Path.home())
