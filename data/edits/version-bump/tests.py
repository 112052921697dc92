def bumped(text, part):
    return str(Version.parse(text).bump(part))


def new_releases():
    assert bumped("1.2.3", "patch") == "1.2.4"
    assert bumped("1.2.3", "minor") == "1.3.0"
    assert bumped("1.2.3", "major") == "2.0.0"


def new_prerelease_of_what_is_asked_for():
    assert bumped("1.2.0-rc1", "minor") == "1.2.0"
    assert bumped("2.0.0-beta", "major") == "2.0.0"
    assert bumped("1.2.3-a", "patch") == "1.2.3"


def new_prerelease_of_something_smaller():
    assert bumped("1.2.1-rc1", "minor") == "1.3.0"
    assert bumped("1.2.0-rc1", "major") == "2.0.0"


def new_prerelease_of_something_larger():
    assert bumped("2.0.0-rc1", "minor") == "2.0.0"
    assert bumped("2.0.0-rc1", "patch") == "2.0.0"


def new_unknown_part():
    try:
        Version(1, 0, 0).bump("build")
    except ValueError:
        return
    raise AssertionError("accepted")


def new_original_is_unchanged():
    version = Version(1, 2, 3)
    assert version.bump("patch") is not version
    assert str(version) == "1.2.3"


def kept_order():
    assert Version.parse("1.0.0-rc1") < Version.parse("1.0.0")
    assert newest(["1.0.0", "1.2.0-rc1", "0.9.9"]) == "1.0.0"
    assert newest(["1.0.0-a", "1.0.0-b"]) == "1.0.0-b"
