from typing import Optional

import flask


def cookie_after(app: flask.Flask, path: str, name: str) -> Optional[str]:
    client = app.test_client()
    client.get(path, follow_redirects=True)
    return next((cookie.value for cookie in client.cookie_jar if cookie.name == name), None)
