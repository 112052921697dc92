def application(environ, start_response):
    found = environ["PATH_INFO"] == "/here"
    kind = [("Content-Type", "text/plain; charset=utf-8")]
    start_response("200 OK" if found else "404 NOT FOUND", kind)
    return ["grüß ".encode(), b"dich"] if found else [b"nothing"]


def test_found():
    assert fetch(application, "/here") == (200, "grüß dich")


def test_not_found():
    assert fetch(application, "/there") == (404, "nothing")
