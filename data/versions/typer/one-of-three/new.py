from typing import Literal

import typer


def make() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def main(level: Literal["low", "mid", "high"] = "mid"):
        print(repr(level))

    return app
