from urllib3.util import Retry


def patient_retry(longest: float) -> Retry:
    return Retry(total=20, backoff_factor=1, backoff_max=longest)
