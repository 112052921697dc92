import click
import typer


def make() -> typer.Typer:
    app = typer.Typer()
    levels = click.Choice(["low", "mid", "high"])

    @app.command()
    def main(level: str = typer.Option("mid", click_type=levels)):
        print(repr(level))

    return app
