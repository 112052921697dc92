from urllib3.util import Retry


def retry_reads(times: int) -> Retry:
    return Retry(total=times, method_whitelist=["GET", "HEAD"], status_forcelist=[503])
