import os


def test_defaults():
    assert server_settings() == ("localhost", 8000)


def test_from_the_environment():
    os.environ["APP_HOST"] = "example.org"
    os.environ["APP_PORT"] = "9000"
    assert server_settings() == ("example.org", 9000)


def test_prefix():
    os.environ["PORT"] = "1"
    assert server_settings()[1] == 8000


def test_no_integer():
    os.environ["APP_PORT"] = "many"
    try:
        server_settings()
    except ValueError as error:
        assert "port" in str(error).lower()
    else:
        raise AssertionError("a port was made of a word")
