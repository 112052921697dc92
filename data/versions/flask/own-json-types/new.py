from flask.json.provider import DefaultJSONProvider

import flask


def encoded(value):
    if isinstance(value, set):
        return sorted(value)
    return DefaultJSONProvider.default(value)


def make_app() -> flask.Flask:
    app = flask.Flask(__name__)
    app.json.default = encoded

    @app.route("/primes")
    def primes():
        return flask.jsonify(primes={2, 3, 5})

    return app
