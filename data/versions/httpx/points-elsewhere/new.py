import httpx


def redirects(responses: list[httpx.Response]) -> list[bool]:
    return [response.has_redirect_location for response in responses]
