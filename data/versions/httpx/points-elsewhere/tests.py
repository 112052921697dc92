import httpx as library


def response(code, **headers):
    return library.Response(code, headers=headers)


def test_not_modified():
    assert redirects([response(304), response(302, Location="/x")]) == [False, True]


def test_without_location():
    assert redirects([response(302), response(301, location="/y")]) == [False, True]


def test_not_a_redirect():
    found = redirects([response(200), response(404), response(201, Location="/z"), response(304)])
    assert found == [False] * 4
