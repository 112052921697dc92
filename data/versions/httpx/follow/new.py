import httpx


def final_text(client: httpx.Client, url: str, follow: bool) -> str:
    return client.get(url, follow_redirects=follow).text
