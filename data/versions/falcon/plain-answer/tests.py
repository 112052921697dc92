from falcon.testing import TestClient


def test_greeting():
    answer = TestClient(greeting_app()).simulate_get("/hello/Ada")
    assert answer.status_code == 200 and answer.text == "Hello, Ada!"


def test_plain_text():
    answer = TestClient(greeting_app()).simulate_get("/hello/Bob")
    assert answer.headers["content-type"].startswith("text/plain")


def test_elsewhere():
    client = TestClient(greeting_app())
    assert client.simulate_get("/other").status_code == 404
