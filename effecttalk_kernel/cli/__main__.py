"""Main: `python -m effecttalk_kernel.cli`, where the command is not installed on the path."""

from effecttalk_kernel.cli import run

run()
