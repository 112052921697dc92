def answer():
    return make_app().test_client().get("/report")


def test_content():
    assert answer().data == b"a,b\n1,2\n" and answer().mimetype == "text/csv"


def test_name():
    said = answer().headers["Content-Disposition"]
    assert said.startswith("attachment") and "report.csv" in said


def test_cached():
    assert answer().cache_control.max_age == 60
