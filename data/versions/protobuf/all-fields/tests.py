from google.protobuf.type_pb2 import EnumValue, Option


def test_not_set():
    assert as_dict(EnumValue()) == {"name": "", "number": 0, "options": []}


def test_set():
    found = as_dict(EnumValue(name="RED", number=3))
    assert found == {"name": "RED", "number": 3, "options": []}


def test_nested():
    found = as_dict(EnumValue(options=[Option(name="deprecated")]))
    assert found["options"] == [{"name": "deprecated"}]
