from typing import Tuple

from werkzeug.test import Client


def fetch(application, path: str) -> Tuple[int, str]:
    body, status, _ = Client(application).get(path)
    return int(status.partition(" ")[0]), b"".join(body).decode("utf-8")
