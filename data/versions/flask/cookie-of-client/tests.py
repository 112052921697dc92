import flask as library


def app():
    made = library.Flask("made")

    @made.route("/set")
    def set_it():
        answer = library.redirect("/then")
        answer.set_cookie("colour", "red")
        return answer

    @made.route("/then")
    def then():
        return "ok"

    return made


def test_kept():
    assert cookie_after(app(), "/set", "colour") == "red"


def test_another_name():
    assert cookie_after(app(), "/set", "size") is None


def test_none_set():
    assert cookie_after(app(), "/then", "colour") is None
