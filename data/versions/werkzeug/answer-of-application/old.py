from werkzeug.test import Client


def fetch(application, path: str) -> tuple[int, str]:
    body, status, _ = Client(application).get(path)
    return int(status.partition(" ")[0]), b"".join(body).decode("utf-8")
