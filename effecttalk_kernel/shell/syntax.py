"""Syntax: whether bash can read a whole block."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE


async def is_valid(program: str, code: str) -> bool:
    """Return whether the bash *program* can read all of *code*; run nothing of it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(program, "--norc", "-n", "-O", "extglob"),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            env={},
        )
    except OSError:  # no process is free
        return False
    _, problem = await process.communicate(code.encode(errors="surrogateescape"))
    return process.returncode == 0 and not problem  # it only warns of an open here-document
