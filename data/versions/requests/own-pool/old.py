from requests.adapters import HTTPAdapter


class PoolAdapter(HTTPAdapter):
    def __init__(self, pool):
        self.pool = pool
        super().__init__()

    def get_connection(self, url, proxies=None):
        return self.pool
