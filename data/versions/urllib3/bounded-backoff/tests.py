import urllib3


def wait_after(retry, failures):
    for _ in range(failures):
        retry = retry.increment("GET", "/", response=urllib3.HTTPResponse(status=503))
    return retry.get_backoff_time()


def test_bounded():
    assert wait_after(patient_retry(5), 9) == 5


def test_longer_bound():
    assert wait_after(patient_retry(60), 12) == 60


def test_short_waits():
    assert 0 < wait_after(patient_retry(50), 3) < 50


def test_others_are_not_affected():
    patient_retry(5)
    assert wait_after(urllib3.util.Retry(total=20, backoff_factor=1), 5) > 5
