ROUTES = Trie(["/", "/api", "/api/users", "/static"])


def new_the_longest_wins():
    assert ROUTES.longest_prefix("/api/users/7") == "/api/users"
    assert ROUTES.longest_prefix("/api/orders") == "/api"
    assert ROUTES.longest_prefix("/about") == "/"


def new_the_text_itself():
    assert ROUTES.longest_prefix("/static") == "/static"


def new_text_shorter_than_the_words():
    assert Trie(["abc"]).longest_prefix("ab") is None
    assert ROUTES.longest_prefix("/stat") == "/"


def new_none():
    assert ROUTES.longest_prefix("api") is None
    assert ROUTES.longest_prefix("") is None
    assert Trie().longest_prefix("x") is None


def new_empty_word():
    assert Trie([""]).longest_prefix("x") == ""
    assert Trie(["", "x"]).longest_prefix("xy") == "x"


def kept_membership():
    assert "/api" in ROUTES
    assert "/ap" not in ROUTES
    assert len(Trie(["a", "a", "ab"])) == 2
    assert ROUTES.starting_with("/api") == ["/api", "/api/users"]
