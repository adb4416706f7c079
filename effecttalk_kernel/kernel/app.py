"""App: starts a kernel: settings, shell, channels, loop.

The order is what makes it start fast: the shell's process is spawned first and
reads its start-up files while Python imports the Jupyter machinery.
"""

import asyncio
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Dict, Unicode
from traitlets.config import Application

from effecttalk_kernel import __version__
from effecttalk_kernel.config.loader import Configured, read_settings
from effecttalk_kernel.config.settings import (
    DATA_DIR,
    NOTEBOOK,
    OWN_NOTEBOOK,
    PYTHON,
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
from effecttalk_kernel.lazy_packages import delay_packages
from effecttalk_kernel.session.session import ShellSession
from effecttalk_kernel.session.shell_events import SessionOptions
from effecttalk_kernel.session.shell_supervisor import ShellSupervisor, SupervisorOptions
from effecttalk_kernel.shell import proc
from effecttalk_kernel.shell.dialects.bash import Snapshot
from effecttalk_kernel.shell.resource_limits import Limits
from effecttalk_kernel.shell.spawn import ShellOptions
from effecttalk_kernel.shell.terminal import Size

log = logging.getLogger("effecttalk")

# What tells programs that they run in a notebook: no pager waits for a key,
# and colours are what JupyterLab can draw.
ENVIRONMENT: Final = {
    "COLORTERM": "truecolor",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "cat",
}
# What is this kernel's, and not that of kernels which are started in its cells.
NOT_HANDED_ON: Final = frozenset({RESUME, OWN_NOTEBOOK})

# Commands that every session has, before others of their names.
COMMANDS: Final = Path(__file__).parents[1] / "shell" / "commands"

# Well after the first cell: nobody waits for it.
TIDY_SECONDS: Final = 10.0


class KernelApp(Application):
    """Runs one EffectTalk kernel until it is shut down."""

    name = "effecttalk"
    version = __version__
    description = "EffectTalk: a block-based terminal as a Jupyter kernel."
    classes = [Settings]  # noqa: RUF012 # a traitlet of the base class
    aliases = Dict({"f": "KernelApp.connection_file"})
    connection_file = Unicode(
        "", help="The connection file that the client wrote; without one, it is written."
    ).tag(config=True)

    def read_settings(self, argv: list[str]) -> Configured:
        """Return the settings from files, notebook, environment and command line.

        Raises:
            SystemExit: one of them has a value that can't be.

        """
        self.parse_command_line(argv)
        try:
            return read_settings(os.environ, self.config)
        except SettingsError as error:
            raise SystemExit(f"effecttalk: {error}") from error


def session_options(settings: Settings, environment: Mapping[str, str]) -> SessionOptions:
    """Return how the session of this kernel is run, with a runtime directory of its own."""
    identity = secrets.token_hex(settings.session_id_length)[: settings.session_id_length]
    runtime_directory = _runtime_directory(identity)
    shell = ShellOptions(
        program=settings.shell,
        load_rc=settings.load_rc,
        size=Size(settings.rows, settings.columns),
        environment={
            **{name: value for name, value in environment.items() if name not in NOT_HANDED_ON},
            **ENVIRONMENT,
            "TERM": settings.pty_term_type,
            "PATH": f"{COMMANDS}:{environment.get('PATH', os.defpath)}",
            SESSION: identity,
            SESSION_NOTEBOOK: environment.get(NOTEBOOK, ""),
            DATA_DIR: str(settings.data_directory),
            PYTHON: sys.executable,
            TOKEN: secrets.token_hex(16),
            SOCKET: str(runtime_directory / "calls"),
        },
        cwd=_working_directory(),
        limits=Limits(
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
    start_logging(settings.log_level)
    _check_rules(settings)
    _check_policy(settings)
    options = session_options(settings, os.environ)
    supervisor = ShellSupervisor(options.supervisor)
    for problem in (*configured.problems, *_terminal_problems(settings.pty_term_type)):
        log.warning("setting.refused %s", problem)
    for problem in configured.problems:
        supervisor.warn(problem)
    if settings.resume:
        options = _resume(settings, options, supervisor)
    supervisor.spawn()
    try:
        _serve(sockets, settings, options, supervisor)
    finally:
        shutil.rmtree(options.supervisor.runtime_directory, ignore_errors=True)


def _terminal_problems(name: str) -> Iterator[str]:
    """Look whether this machine knows terminals of type *name*; programs may know more."""
    if name == Settings.class_traits()["pty_term_type"].default():
        return
    # Not above: few users have another one.
    import curses

    try:
        with Path(os.devnull).open("rb") as terminal:
            curses.setupterm(name, terminal.fileno())
    except curses.error:
        yield f"pty_term_type: this machine's terminfo has no {name!r}"


def _check_rules(settings: Settings) -> None:
    """Refuse rules for secrets that can't be: without them, secrets would be kept.

    Raises:
        SystemExit: one of them is wrong, or is not there.

    """
    if not (settings.redaction_rules or settings.redaction_off):
        return
    # Not above: few users have rules of their own.
    from effecttalk_kernel.safety.redaction.rules import RuleError, load_rules

    try:
        load_rules(settings.redaction_rules, settings.redaction_off)
    except RuleError as error:
        raise SystemExit(f"effecttalk: Settings.redaction_rules, redaction_off: {error}") from error


def _check_policy(settings: Settings) -> None:
    """Refuse patterns of the policy that can't be: without them, it would let through.

    Raises:
        SystemExit: one of them is wrong.

    """
    lists = {
        "policy_deny": settings.policy_deny,
        "policy_confirm": settings.policy_confirm,
        "policy_allow": settings.policy_allow,
    }
    if not any(lists.values()):
        return
    # Not above: few users have a policy.
    from effecttalk_kernel.safety.policy.patterns import Pattern, PolicyError

    for name, patterns in lists.items():
        try:
            for text in patterns:
                Pattern(text)
        except PolicyError as error:
            raise SystemExit(f"effecttalk: Settings.{name}: {error}") from error


def _resume(
    settings: Settings, options: SessionOptions, supervisor: ShellSupervisor
) -> SessionOptions:
    """Let the first shell begin with the state that the settings name, and say so."""
    # Not above: who does not resume starts without them.
    from effecttalk_kernel.journal.resume import beginning_of
    from effecttalk_kernel.safety.masker import Masker
    from effecttalk_kernel.store.errors import StoreError

    own = options.supervisor.shell.environment
    try:
        beginning = beginning_of(settings, Masker(settings, own), own)
    except StoreError as error:
        supervisor.warn(f"the session begins anew: {error}")
        return options
    if beginning is None:
        return options
    supervisor.snapshot = Snapshot(beginning.script)
    lines = [f"this session goes on from block {beginning.block}", *beginning.lacks]
    supervisor.warn("; ".join(lines))
    return replace(options, continues=beginning.block)


def _serve(
    sockets: Sockets, settings: Settings, options: SessionOptions, supervisor: ShellSupervisor
) -> None:
    # Here, not above: the shell starts while these are imported.
    delay_packages("jupyter_client", "ipykernel", "IPython", "IPython.core")
    from effecttalk_kernel.kernel.channels import Channels
    from effecttalk_kernel.kernel.kernel import EffectTalkKernel

    async def start() -> tuple[Channels, EffectTalkKernel]:
        channels = Channels(sockets)
        kernel = EffectTalkKernel(channels, settings, options, supervisor, log=log)
        kernel.start()
        return channels, kernel

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        channels, kernel = loop.run_until_complete(start())
        _listen_to_the_system(loop, kernel.shell_session)
        runtime_directories = options.supervisor.runtime_directory.parent
        loop.call_later(TIDY_SECONDS, _remove_stale_directories, runtime_directories)
        loop.run_forever()
        loop.run_until_complete(kernel.close())
        channels.close()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _listen_to_the_system(loop: asyncio.AbstractEventLoop, session: ShellSession) -> None:
    """Interrupt on SIGINT, end on SIGTERM and when the server that started us is gone."""
    loop.add_signal_handler(signal.SIGINT, session.interrupt)
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    parent = int(os.environ.get("JPY_PARENT_PID") or 0)
    if parent > 1:
        try:
            loop.add_reader(os.pidfd_open(parent), loop.stop)
        except ProcessLookupError:
            loop.call_soon(loop.stop)


def _working_directory() -> str:
    """Return the directory that sessions begin in, home where ours is gone."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return str(Path.home())


def _runtime_directory(identity: str) -> Path:
    """Return a new private directory; every block's error names it if it can't be made."""
    directory = Path(jupyter_runtime_dir()) / f"effecttalk-{os.getpid()}-{identity}"
    try:
        directory.mkdir(mode=0o700, parents=True)
    except OSError as error:
        log.warning("runtime.failed %s: %s", directory, error.strerror)
        return Path(tempfile.mkdtemp(prefix=f"effecttalk-{os.getpid()}-"))
    return directory


def _remove_stale_directories(directory: Path) -> None:
    """Remove what kernels left behind that were killed."""
    with suppress(OSError):  # no descriptor is free: the next kernel does it
        for stale in directory.glob("effecttalk-*-*"):
            pid = stale.name.split("-")[1]
            if pid.isdigit() and not proc.is_there(int(pid)):
                shutil.rmtree(stale, ignore_errors=True)
