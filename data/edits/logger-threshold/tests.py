def filled(**options):
    log = Log(**options)
    log.debug("b", n=1)
    log.info("c")
    log.warning("d", z=1, a=2)
    log.error("e")
    return log


def texts(log):
    return [record.text for record in log.records]


def new_trace():
    log = Log(threshold="trace")
    log.trace("a", x=1)
    assert log.at_least("trace") == ["TRACE a x=1"]
    assert log.count("trace") == 1
    assert log.worst() == "trace"


def new_trace_is_dropped_by_default():
    log = Log()
    log.trace("a")
    log.debug("b")
    assert texts(log) == ["b"]
    assert log.count("trace") == 0


def new_threshold():
    assert texts(filled(threshold="warning")) == ["d", "e"]
    assert filled(threshold="info").count("debug") == 0
    assert texts(filled(threshold="error")) == ["e"]


def new_trace_is_the_lowest():
    log = filled(threshold="trace")
    log.trace("t")
    assert len(log.at_least("trace")) == 5
    assert len(log.at_least("debug")) == 4


def new_unknown_threshold():
    try:
        Log(threshold="loud")
    except ValueError:
        return
    raise AssertionError("accepted")


def kept_default():
    log = filled()
    assert texts(log) == ["b", "c", "d", "e"]
    assert log.at_least("warning") == ["WARNING d a=2 z=1", "ERROR e"]
    assert log.worst() == "error"


def kept_counts():
    assert filled().count("debug") == 1
    assert Log().worst() is None
    try:
        Log().count("loud")
    except ValueError:
        return
    raise AssertionError("accepted")
