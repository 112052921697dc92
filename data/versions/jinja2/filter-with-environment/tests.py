def test_upper():
    assert render("{{ words|via('upper') }}", words="ab c") == "AB C"


def test_name_from_a_variable():
    assert render("{{ -3|via(how) }}", how="abs") == "3"


def test_escaped():
    assert render("{{ '<a>'|via('capitalize') }}") == "&lt;a&gt;"
