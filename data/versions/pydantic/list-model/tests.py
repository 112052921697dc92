import pydantic


def test_sum():
    assert total([1, 2, 3]) == 6
    assert total([]) == 0


def test_texts():
    assert total(["3", 4]) == 7


def test_refused():
    for values in [["x"], [None], "ab"]:
        try:
            total(values)
        except pydantic.ValidationError:
            continue
        raise AssertionError(values)


def test_it_is_a_model():
    assert issubclass(Scores, pydantic.BaseModel)
