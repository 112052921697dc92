import httpx


def redirects(responses: list[httpx.Response]) -> list[bool]:
    return [response.is_redirect for response in responses]
