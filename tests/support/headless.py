"""Notebooks that run headless, by what nbconvert and papermill run them with, in this process.

Each of these commands needs a second of processor time to start.
"""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

SECONDS = 240


def execute(notebook: NotebookNode, directory: Path, **environment: str) -> NotebookNode:
    """Return *notebook* as it is read from its file after it ran in *directory*."""
    copy = nbformat.reads(nbformat.writes(notebook), as_version=4)
    client = NotebookClient(copy, timeout=SECONDS, resources={"metadata": {"path": str(directory)}})
    done = client.execute(env={**os.environ, **environment})
    return nbformat.reads(nbformat.writes(done), as_version=4)
