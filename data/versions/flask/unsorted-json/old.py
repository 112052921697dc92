import flask


def make_app() -> flask.Flask:
    app = flask.Flask(__name__)
    app.config["JSON_SORT_KEYS"] = False

    @app.route("/sizes")
    def sizes():
        return flask.jsonify({"z": 1, "a": 2})

    return app
