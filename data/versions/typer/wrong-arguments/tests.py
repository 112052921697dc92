import typer as library

app = library.Typer()


def small(value: int):
    if value > 9:
        raise library.BadParameter("too large")
    return value


@app.command()
def main(count: int = library.Option(1, callback=small)):
    pass


def test_right():
    assert outcome(app, ["--count", "3"]) == "done"
    assert outcome(app, []) == "done"


def test_unknown_option():
    assert outcome(app, ["--fast"]).startswith("No such option: --fast")


def test_refused_by_a_callback():
    said = outcome(app, ["--count", "10"])
    assert "--count" in said and said.endswith("too large")
