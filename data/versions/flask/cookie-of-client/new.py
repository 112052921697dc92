from typing import Optional

import flask


def cookie_after(app: flask.Flask, path: str, name: str) -> Optional[str]:
    client = app.test_client()
    client.get(path, follow_redirects=True)
    cookie = client.get_cookie(name)
    return cookie.value if cookie else None
