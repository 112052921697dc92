import datetime

import flask as library


def test_set():
    answer = make_app().test_client().get("/primes")
    assert answer.get_json() == {"primes": [2, 3, 5]}


def test_other_sets():
    app = make_app()
    app.add_url_rule("/more", "more", lambda: library.jsonify(x={"b", "a"}))
    assert app.test_client().get("/more").get_json() == {"x": ["a", "b"]}


def test_dates_as_ever():
    app = make_app()
    app.add_url_rule("/day", "day", lambda: library.jsonify(datetime.date(2024, 2, 1), [{1}]))
    found = app.test_client().get("/day").get_json()
    assert found == ["Thu, 01 Feb 2024 00:00:00 GMT", [[1]]]
