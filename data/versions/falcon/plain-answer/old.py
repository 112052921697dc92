import falcon


class Greeting:
    def on_get(self, req, resp, name):
        resp.content_type = falcon.MEDIA_TEXT
        resp.body = f"Hello, {name}!"


def greeting_app():
    app = falcon.API()
    app.add_route("/hello/{name}", Greeting())
    return app
