from click.testing import CliRunner

import click as library


@library.command()
@library.option("--share", type=Percent())
def command(share):
    library.echo(repr(share))


def output(*arguments):
    return CliRunner().invoke(command, arguments).output


def test_help():
    assert "--share 0%-100%" in output("--help")


def test_help_of_an_argument():
    @library.command()
    @library.argument("share", type=Percent())
    def other(share):
        pass

    assert "0%-100%" in CliRunner().invoke(other, ["--help"]).output


def test_values():
    assert output("--share", "40%") == "40\n"
    assert "101%" in output("--share", "101%") and "40\n" not in output("--share", "40")
