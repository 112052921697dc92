import flask


def make_app() -> flask.Flask:
    app = flask.Flask(__name__)
    app.json.sort_keys = False

    @app.route("/sizes")
    def sizes():
        return flask.jsonify({"z": 1, "a": 2})

    return app
