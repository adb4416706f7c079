"""Again: the call that runs a kept block once more, in the cell that asks.

{"call": "rerun", "block": "SESSION-NUMBER"}

It runs behind the block that asks, as a block of its own, when that has succeeded.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.store.errors import StoreError
from effecttalk_kernel.store.rows import StoredBlock

MASK: Final = "•••"


class Again:
    """Finds the code of blocks, and hands it to the kernel."""

    def __init__(self, data_directory: Path, session: str, run_next: Callable[[str], None]) -> None:
        self._directory = data_directory
        self._session = session
        self._run_next = run_next

    async def rerun(self, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Have a block run next; raises CallError where it can't be."""
        try:
            block = await asyncio.to_thread(self._find, str(arguments.get("block", "")))
        except StoreError as error:
            raise CallError(str(error)) from error
        if block.session == self._session and block.ended is None:
            raise CallError(f"block {block.number} is the one that runs")
        if MASK in block.code:
            raise CallError(
                f"the command of block {block.identity} had secrets, which are not kept; copy it"
                f" with `effecttalk blocks show {block.identity}` and put them in"
            )
        self._run_next(block.code)
        return {"text": [f"block {block.identity} again:", *block.code.splitlines()]}

    def _find(self, name: str) -> StoredBlock:
        # Not at start: few sessions ask for it.
        from effecttalk_kernel.store.blocks import find_block
        from effecttalk_kernel.store.database import open_store

        with open_store(self._directory) as connection:
            return find_block(connection, name, self._session)
