def headers():
    return Headers([("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")])


def new_reading():
    made = headers()
    assert made["CONTENT-TYPE"] == "text/html"
    assert made.get("content-type") == "text/html"
    assert "Content-type" in made
    assert made.get_all("SET-cookie") == ["a=1", "b=2"]


def new_setting_replaces():
    made = headers()
    made["content-type"] = "text/plain"
    assert made.get_all("Content-Type") == ["text/plain"]
    assert len(made) == 2


def new_names_as_first_written():
    made = headers()
    made["CONTENT-TYPE"] = "x/y"
    assert list(made) == ["Content-Type", "Set-Cookie"]
    assert made.render() == ["Content-Type: x/y", "Set-Cookie: a=1", "Set-Cookie: b=2"]


def new_deleting_starts_over():
    made = headers()
    del made["content-type"]
    assert "Content-Type" not in made
    made["CONTENT-type"] = "x/y"
    assert list(made) == ["Set-Cookie", "CONTENT-type"]


def kept_missing():
    made = headers()
    assert made.get("Host") is None
    assert made.get("Host", "x") == "x"
    assert made.get_all("Host") == []
    for action in (lambda: made["Host"], lambda: made.__delitem__("Host")):
        try:
            action()
        except KeyError:
            continue
        raise AssertionError("no KeyError")


def kept_values_keep_their_case():
    made = Headers()
    made["X"] = "MiXed"
    made.add("X", "Two")
    assert made.render() == ["X: MiXed", "X: Two"]
    assert made["X"] == "MiXed"


def kept_checks():
    for name, value in [("", "x"), ("a b", "x"), ("a:", "x"), ("a", "x\ny")]:
        for action in (Headers().add, Headers().__setitem__):
            try:
                action(name, value)
            except ValueError:
                continue
            raise AssertionError(name)
