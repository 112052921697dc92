def test_versions():
    assert is_version("1.0") and is_version("2!1.0rc1.post3.dev4+local")


def test_no_versions():
    assert not is_version("french toast") and not is_version("1.0-x-y")


def test_empty():
    assert not is_version("")
