def error(source, values=None, **options):
    try:
        Engine(**options).render(source, values or {})
    except TemplateError as found:
        return str(found)
    raise AssertionError("accepted")


def new_unknown_tag():
    assert error('a {% include "x" %}') == "there is no tag 'include'"
    assert error("{% include %}") == error("{% fly %}").replace("fly", "include")


def new_inside_of_blocks():
    source = '{% for a in b %}{% if a %}{% include "x" %}{% endif %}{% endfor %}'
    assert error(source, {"b": [1]}) == "there is no tag 'include'"


def new_nothing_is_left():
    assert not any("includ" in name for name in dir(Engine()))
    assert "MOST_INCLUDES" not in globals()


def new_no_loader():
    assert not hasattr(Engine(), "loader")
    try:
        Engine(loader=str)
    except TypeError:
        return
    raise AssertionError("accepted")


def kept_values():
    assert Engine().render("<{{ a.b }}>{{ c }}", {"a": {"b": "x&y"}}) == "<x&amp;y>"
    assert Engine(escape=False).render("{{ a }}", {"a": "<"}) == "<"


def kept_blocks():
    source = "{% for u in users %}{% if u.admin %}*{% else %}-{% endif %}{{ u.name }} {% endfor %}"
    users = [{"name": "ann", "admin": True}, {"name": "bob"}]
    assert Engine().render(source, {"users": users}) == "*ann -bob "
    assert Engine().render(source, {}) == ""


def kept_errors():
    assert error("{% if a %}x") == "endif is missing"
    assert error("{% for a %}x{% endfor %}").startswith("for needs")
    assert "not a name" in error("{{ 1+1 }}")
    assert error("{% endif %}") == "there is no tag 'endif'"
