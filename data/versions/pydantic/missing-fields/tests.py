import pydantic


class Person(pydantic.BaseModel):
    name: str
    age: int
    city: str = "Bern"
    shoe: float


def test_missing():
    assert missing_fields(Person, {"age": 3}) == ["name", "shoe"]


def test_wrong_is_not_missing():
    assert missing_fields(Person, {"age": "x", "shoe": 40}) == ["name"]


def test_nothing_missing():
    assert missing_fields(Person, {"name": "A", "age": 1, "shoe": 2}) == []
    assert missing_fields(Person, {}) == ["name", "age", "shoe"]
