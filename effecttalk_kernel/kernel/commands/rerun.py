"""Rerun: the call that runs a stored block again, in the cell that makes the call.

{"call": "rerun", "block": "SESSION-NUMBER"}

It runs as a new block after the calling block, if that one succeeds.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from effecttalk_kernel.rpc.wire import CallError
from effecttalk_kernel.store.errors import StoreError
from effecttalk_kernel.store.rows import StoredBlock

MASK: Final = "•••"


class RerunCommand:
    """Finds the code of a stored block, and queues it in the kernel."""

    def __init__(self, data_directory: Path, session: str, run_next: Callable[[str], None]) -> None:
        self._directory = data_directory
        self._session = session
        self._run_next = run_next

    async def run(self, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Queue a block to run next.

        Raises:
            CallError: there is no such block, it is the calling one, or it has masked secrets.

        """
        try:
            block = await asyncio.to_thread(self._find, str(arguments.get("block", "")))
        except StoreError as error:
            raise CallError(str(error)) from error
        if block.session == self._session and block.ended is None:
            raise CallError(f"block {block.number} is running now")
        if MASK in block.code:
            raise CallError(
                f"the code of block {block.identity} had secrets, which are not stored: copy it"
                f" from `effecttalk blocks show {block.identity}` and insert them"
            )
        self._run_next(block.code)
        return {"text": [f"running block {block.identity} again:", *block.code.splitlines()]}

    def _find(self, name: str) -> StoredBlock:
        # Imported late: few sessions need it.
        from effecttalk_kernel.store.blocks import find_block
        from effecttalk_kernel.store.database import open_store

        with open_store(self._directory) as connection:
            return find_block(connection, name, self._session)
