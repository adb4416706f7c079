"""Main: `python -m effecttalk_kernel`, what the kernelspec runs."""

from effecttalk_kernel.app import main

main()
