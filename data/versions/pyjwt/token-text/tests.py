import jwt as library

KEY = "a key that is long enough for anybody"


def test_header():
    kind, _, token = authorization({"sub": "ada"}, KEY).partition(" ")
    assert kind == "Bearer"
    assert library.decode(token, KEY, algorithms=["HS256"]) == {"sub": "ada"}


def test_text():
    header = authorization({"n": 1}, KEY)
    assert isinstance(header, str) and header.count(".") == 2 and "'" not in header
