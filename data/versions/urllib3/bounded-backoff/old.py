from urllib3.util import Retry


def patient_retry(longest: float) -> Retry:
    class Bounded(Retry):
        BACKOFF_MAX = longest

    return Bounded(total=20, backoff_factor=1)
