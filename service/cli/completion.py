"""`orgline completion`: the script by which a shell completes commands, options and organisations."""

from __future__ import annotations

import click

from service.cli.completing import script
from service.cli.explaining import ExplainedCommand


@click.command(
    cls=ExplainedCommand,
    short_help="Print a script that completes commands in a shell.",
    examples=[
        "orgline completion bash > ~/.local/share/bash-completion/completions/orgline",
        "orgline completion zsh > ~/.zfunc/_orgline",
        "orgline completion fish > ~/.config/fish/completions/orgline.fish",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script by which a shell completes orgline's commands.

    Put it where the shell looks for such scripts, as below, or try it at once: `source <(orgline completion bash)`. It
    completes commands, options, and the identifiers of the register that a command would work on. For zsh, the folder
    must be in fpath before compinit is called.
    """
    click.echo(script(shell), nl=False)
