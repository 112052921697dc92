import click as library


@library.command()
@library.option("--loud", is_flag=True)
def speak(loud):
    library.echo("words")
    if loud:
        library.echo("noise", err=True)


def test_both():
    assert run(speak, ["--loud"]) == ("words\n", "noise\n")


def test_only_output():
    assert run(speak, []) == ("words\n", "")


def test_wrong_usage():
    out, err = run(speak, ["--no-such"])
    assert out == "" and "--no-such" in err
