from click.testing import CliRunner


def test_double():
    assert CliRunner().invoke(calculator(), ["double", "4"]).output == "result: 8\n"


def test_square():
    assert CliRunner().invoke(calculator(), ["square", "5"]).output == "result: 25\n"


def test_no_number():
    result = CliRunner().invoke(calculator(), ["double", "x"])
    assert result.exit_code == 2 and "result" not in result.output
