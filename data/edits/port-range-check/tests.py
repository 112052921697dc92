def refused(text):
    try:
        parse_address(text)
    except AddressError as error:
        return str(error)
    raise AssertionError(f"{text} was accepted")


def new_too_large():
    assert "65536" in refused("localhost:65536")
    assert "99999999999" in refused("example.org:99999999999")


def new_zero():
    refused("localhost:0")
    refused(":00000")


def new_with_brackets():
    assert "70000" in refused("[::1]:70000")


def new_in_a_list():
    try:
        parse_all(["a:1", "b:65537"])
    except AddressError:
        return
    raise AssertionError("accepted")


def kept_the_ends_of_the_range():
    assert parse_address("h:1") == Address("h", 1)
    assert parse_address("h:65535") == Address("h", 65535)


def kept_defaults_and_errors():
    assert parse_address(":90") == Address("localhost", 90)
    assert str(parse_address("[::1]")) == "[::1]:8080"
    refused("h:http")
    refused("h:-1")
    refused("")
