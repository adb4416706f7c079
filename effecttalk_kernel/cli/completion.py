"""`effecttalk completion`: print the script with which a shell completes the command."""

from typing import Final

import click

PROGRAM: Final = "effecttalk"
# The name that click derives from the program's name.
VARIABLE: Final = "_EFFECTTALK_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a shell completion script.

    Add this line to the shell's start-up file:

    \b
    bash   eval "$(effecttalk completion bash)"    in ~/.bashrc
    zsh    eval "$(effecttalk completion zsh)"     in ~/.zshrc
    fish   effecttalk completion fish | source     in ~/.config/fish/config.fish
    """  # noqa: D301 # click keeps the line breaks of such a paragraph
    from click.shell_completion import ShellComplete, get_completion_class

    completion_class = get_completion_class(shell)
    assert completion_class is not None
    complete = completion_class(context.find_root().command, {}, PROGRAM, VARIABLE)
    # Not the method of BashComplete: that one runs bash to ask for its version.
    click.echo(ShellComplete.source(complete), nl=False)
