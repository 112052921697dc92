def router():
    made = Router()
    made.add("/", lambda: "home")
    made.add("/users/me", lambda: "me")
    made.add("/users/{id}", lambda id: f"user {id}")
    made.add("/users/{id}/posts/{post}", lambda id, post: (id, post))
    return made


def new_no_stats():
    assert not hasattr(Router, "stats")


def new_calls_leave_no_trace():
    made = router()
    before = repr(vars(made))
    made.call("/users/7")
    assert repr(vars(made)) == before
    assert list(vars(made)) == ["_routes"]


def new_no_clock():
    assert "time" not in globals()


def kept_calls():
    made = router()
    assert made.call("/") == "home"
    assert made.call("/users/me/") == "me"
    assert made.call("/users/7") == "user 7"
    assert made.call("/users/7/posts/x") == ("7", "x")


def kept_not_found():
    for path in ("/none", "/users", "/users/1/posts"):
        try:
            router().call(path)
        except NotFound as error:
            assert path in str(error)
            continue
        raise AssertionError(path)
