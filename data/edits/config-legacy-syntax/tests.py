def refusal(text):
    try:
        parse(text)
    except ConfigError as error:
        return str(error)
    raise AssertionError("accepted")


def new_old_lines_are_errors():
    assert "line 1" in refusal("Retry Count: 3")
    assert "line 2" in refusal("a = 1\nname: x")


def new_the_message_is_that_of_other_lines():
    assert refusal("name: x") == "line 1: there is no '=': 'name: x'"


def new_colon_at_the_end():
    refusal("section:")


def kept_colons_in_values():
    assert parse("url = http://localhost:80") == {"url": "http://localhost:80"}
    assert parse("a:b = 1") == {"a:b": 1}


def kept_values():
    assert parse("# x\n\nn = 5\ndebug = Yes\nempty =") == {"n": 5, "debug": True, "empty": ""}


def kept_errors():
    assert "twice" in refusal("a = 1\na = 2")
    assert "needs a name" in refusal(" = 2")
    assert "no '='" in refusal("word")
