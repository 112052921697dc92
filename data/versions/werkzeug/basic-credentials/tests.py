import base64


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_credentials():
    assert credentials(basic("ada:secret")) == ("ada", "secret")


def test_colon_in_password():
    assert credentials(basic("ada:a:b")) == ("ada", "a:b")


def test_others():
    assert credentials("Bearer abc") is None
    assert credentials('Digest username="ada", realm="r", nonce="n", uri="/", response="x"') is None
