from requests.adapters import HTTPAdapter


class PoolAdapter(HTTPAdapter):
    def __init__(self, pool):
        self.pool = pool
        super().__init__()

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        return self.pool
