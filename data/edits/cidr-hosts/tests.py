def hosts(text):
    return list(Network.parse(text).hosts())


def new_small_network():
    assert hosts("192.168.1.0/30") == ["192.168.1.1", "192.168.1.2"]


def new_counts():
    assert len(hosts("10.1.2.0/24")) == 254
    assert len(hosts("10.1.0.0/22")) == 1022


def new_first_and_last():
    found = hosts("10.1.2.200/25")
    assert (found[0], found[-1]) == ("10.1.2.129", "10.1.2.254")


def new_lazy():
    assert next(Network.parse("10.0.0.0/8").hosts()) == "10.0.0.1"
    assert next(iter(Network.parse("0.0.0.0/0").hosts())) == "0.0.0.1"


def kept_the_two_exceptions():
    assert hosts("10.0.0.4/31") == ["10.0.0.4", "10.0.0.5"]
    assert hosts("10.0.0.7/32") == ["10.0.0.7"]


def kept_size_and_membership():
    network = Network.parse("10.0.0.9/30")
    assert str(network) == "10.0.0.8/30"
    assert network.size == 4
    assert "10.0.0.8" in network
    assert "10.0.0.11" in network
    assert "10.0.0.12" not in network


def kept_errors():
    for text in ("10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.256/8"):
        try:
            Network.parse(text)
        except ValueError:
            continue
        raise AssertionError(text)
