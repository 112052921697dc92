import io

import requests
import urllib3


class Pool:
    def __init__(self):
        self.asked = []

    def urlopen(self, method, url, **options):
        self.asked.append((method, url))
        return urllib3.HTTPResponse(
            body=io.BytesIO(b"hello"), status=200, preload_content=False, headers={}
        )


def session_with(pool):
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", PoolAdapter(pool))
    return session


def test_answer():
    assert session_with(Pool()).get("http://127.0.0.1:9/there").text == "hello"


def test_asked():
    pool = Pool()
    session = session_with(pool)
    session.get("http://127.0.0.1:9/a")
    session.post("http://127.0.0.1:9/b?c=1", data="x")
    assert pool.asked == [("GET", "/a"), ("POST", "/b?c=1")]
