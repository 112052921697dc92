import pydantic


def test_allowed():
    assert Team(members=["a", "b"]).members == ["a", "b"]
    assert len(Team(members=list("abcd")).members) == 4


def test_refused():
    for members in [[], ["a"], list("abcde")]:
        try:
            Team(members=members)
        except pydantic.ValidationError:
            continue
        raise AssertionError(members)
