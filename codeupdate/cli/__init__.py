"""The command line. Nothing but this file and its two neighbours is imported for --help.

A command is a function with typer's annotations, or a typer app of several, in a module of
its own; ``COMMANDS`` says where. It is imported when it is used.
"""

from __future__ import annotations

import signal
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import codeupdate
from codeupdate.cli.failures import Terminated, one_sentence
from codeupdate.cli.later import Later

__all__ = ["app", "main"]

#: Name → where it is (module:attribute), and its line in the help.
COMMANDS = {
    "eval": ("codeupdate.cli.eval:eval_command", "Evaluate a model on tasks, under editors."),
    "report": ("codeupdate.cli.report:report", "Show what a run found; write it as a page."),
    "compare": ("codeupdate.cli.compare:compare", "Put runs side by side, question by question."),
    "power": ("codeupdate.cli.power:power", "Say how large an evaluation has to be."),
    "export": ("codeupdate.cli.export:export", "Write samples as rows, or results as a table."),
    "tasks": ("codeupdate.cli.tasks:app", "List, show, validate and make tasks."),
    "editors": ("codeupdate.cli.editors:app", "List and show editing methods."),
    "pie": ("codeupdate.cli.pie:pie", "Edit a model's context and keep its cache."),
    "editing": ("codeupdate.cli.editing:app", "Look into a model before it is edited."),
    "lintseq": ("codeupdate.cli.lintseq:lintseq", "Turn programs of a data set into edits."),
    "sandbox": ("codeupdate.cli.sandbox:app", "Build what programs run in, and run one."),
    "cache": ("codeupdate.cli.cache:app", "List and remove completions that runs share."),
    "doctor": ("codeupdate.cli.doctor:doctor", "Say what works on this machine."),
}


class _CommandLine(TyperGroup):
    """Knows its commands by name and turns every failure into one sentence."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (place, summary) in COMMANDS.items():
            self.add_command(Later(name, place, summary))

    def invoke(self, ctx: Any) -> Any:
        with one_sentence(traceback=ctx.params["debug"]):
            return super().invoke(ctx)


app = typer.Typer(
    name="codeupdate",
    cls=_CommandLine,
    rich_markup_mode=None,  # rich takes longer to load than everything else together
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"codeupdate {codeupdate.__version__}")
        raise typer.Exit


@app.callback()
def _codeupdate(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_show_version, is_eager=True),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            envvar="CODEUPDATE_DEBUG",
            help="Show the traceback of what goes wrong.",
        ),
    ] = False,
) -> None:
    """How well can a code LLM be brought up to date when APIs change, and at what cost?

    Begin with: codeupdate doctor

    Then: codeupdate eval --editor none,docs,lora --limit-updates 6
    """


def _terminate(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # who asks again does not wait any more
    raise Terminated


def main() -> None:
    """The command ``codeupdate``.

    SIGTERM ends all that it has begun, as Ctrl-C does. What it starts takes that signal as
    ever: a program that is executed keeps no handler.
    """
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    with one_sentence(traceback=False):  # help is written before any command is invoked
        app(prog_name="codeupdate")
