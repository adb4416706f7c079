"""Run `python -m effecttalk_kernel.cli`, for environments without the command on the path."""

from effecttalk_kernel.cli import run

run()
