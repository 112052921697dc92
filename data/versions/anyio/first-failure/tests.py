import anyio as library


async def fails():
    await library.sleep(0)
    raise ValueError("no such thing")


async def works():
    await library.sleep(0)


async def fails_at_once():
    raise ValueError("at once")


def test_failure():
    assert outcome(fails) == "no such thing"


def test_failure_at_once():
    assert outcome(fails_at_once) == "at once"


def test_success():
    assert outcome(works) == "done"
