from types import SimpleNamespace

import pydantic


def test_attributes():
    assert as_dict(SimpleNamespace(id=3, title="x", other=1)) == {"id": 3, "title": "x"}


def test_converted():
    assert as_dict(SimpleNamespace(id="12", title="x")) == {"id": 12, "title": "x"}


def test_refused():
    for row in [SimpleNamespace(id=1), SimpleNamespace(id="x", title="y")]:
        try:
            as_dict(row)
        except pydantic.ValidationError:
            continue
        raise AssertionError(row)
