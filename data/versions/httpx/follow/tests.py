import httpx as library


def client():
    def answer(request):
        if request.url.path == "/old":
            return library.Response(302, headers={"Location": "/new"}, text="moved")
        return library.Response(200, text="here")

    return library.Client(transport=library.MockTransport(answer))


def test_follows():
    assert final_text(client(), "http://example.org/old", True) == "here"


def test_does_not_follow():
    assert final_text(client(), "http://example.org/old", False) == "moved"


def test_nothing_to_follow():
    assert final_text(client(), "http://example.org/new", False) == "here"
