def test_suffix():
    assert render("{{ who|named }}!", who="Ada", suffix="Ltd") == "Ada Ltd!"


def test_no_suffix():
    assert render("[{{ 'x'|named }}]") == "[x ]"


def test_set_in_the_template():
    assert render("{% set suffix = 'Co' %}{{ 1|named }}") == "1 Co"
