import pydantic


class Street(pydantic.BaseModel):
    name: str


class Address(pydantic.BaseModel):
    street: Street
    number: int


class Person(pydantic.BaseModel):
    home: Address
    name: str


def test_any_depth():
    assert nested_models(Person) == ["Address", "Street"]


def test_one():
    assert nested_models(Address) == ["Street"]
    assert nested_models(Street) == []
