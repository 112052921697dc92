def render(text, **values):
    return Template(text).render(values)


def new_missing_stays():
    assert render("Dear {name}, {greeting}", greeting="hi") == "Dear {name}, hi"


def new_exactly_as_written():
    assert render("{ name } and {a.b}", a={"c": 1}) == "{ name } and {a.b}"


def new_default():
    assert render("Dear {name|nobody}!") == "Dear nobody!"
    assert render("{user.name|N. N.}", user="x") == "N. N."


def new_none_counts_as_missing():
    assert render("{a} {b|x}", a=None, b=None) == "{a} x"


def new_in_all_rows():
    assert render_all("{a}-{b}", [{"a": 1}, {"b": 2}]) == ["1-{b}", "{a}-2"]


def kept_empty_default():
    assert render("[{name|}]") == "[]"


def kept_values_win_over_defaults():
    assert render("{name|nobody} {n|5}", name="Ann", n=0) == "Ann 0"
    assert render("{a}", a="") == ""


def kept_braces_and_names():
    assert render("{{x}} {a}", a=1) == "{x} 1"
    assert Template("{a} {b|c} {a}{{d}}").names() == ["a", "b"]
