import pydantic


class Person(pydantic.BaseModel):
    name: str
    city: str = "Bern"
    age: int


class Nothing(pydantic.BaseModel):
    note: str = ""


def test_some():
    assert required_fields(Person) == ["name", "age"]


def test_none():
    assert required_fields(Nothing) == []


def test_inherited():
    class Worker(Person):
        trade: str

    assert required_fields(Worker) == ["name", "age", "trade"]
