def test_methods():
    retry = retry_reads(3)
    assert retry.is_retry("GET", 503) and retry.is_retry("HEAD", 503)
    assert not retry.is_retry("POST", 503) and not retry.is_retry("PUT", 503)


def test_status():
    assert not retry_reads(3).is_retry("GET", 500)


def test_times():
    assert retry_reads(4).total == 4
