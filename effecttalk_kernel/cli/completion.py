"""Completion: `effecttalk completion`, the scripts by which shells complete the command."""

from typing import Final

import click

PROGRAM: Final = "effecttalk"
# As click derives it from the program's name.
VARIABLE: Final = "_EFFECTTALK_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a shell's completion script.

    \b
    bash   eval "$(effecttalk completion bash)"    in ~/.bashrc
    zsh    eval "$(effecttalk completion zsh)"     in ~/.zshrc
    fish   effecttalk completion fish | source     in ~/.config/fish/config.fish
    """  # noqa: D301 # click's mark for lines that stay as they are
    from click.shell_completion import ShellComplete, get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    maker = found(context.find_root().command, {}, PROGRAM, VARIABLE)
    # Not the class's own: for bash, it first runs one to ask for its version.
    click.echo(ShellComplete.source(maker), nl=False)
