from typer.testing import CliRunner


def call(*arguments):
    return CliRunner().invoke(make(), arguments)


def test_chosen():
    assert call("--level", "high").output == "'high'\n"


def test_default():
    assert call().output == "'mid'\n"


def test_refused():
    assert call("--level", "huge").exit_code == 2


def test_help():
    found = call("--help").output
    assert all(level in found for level in ("low", "mid", "high"))
