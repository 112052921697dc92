from urllib3.util import Retry


def retry_reads(times: int) -> Retry:
    return Retry(total=times, allowed_methods=["GET", "HEAD"], status_forcelist=[503])
