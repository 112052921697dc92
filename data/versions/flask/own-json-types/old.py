from flask.json import JSONEncoder

import flask


class SetEncoder(JSONEncoder):
    def default(self, o):
        if isinstance(o, set):
            return sorted(o)
        return super().default(o)


def make_app() -> flask.Flask:
    app = flask.Flask(__name__)
    app.json_encoder = SetEncoder

    @app.route("/primes")
    def primes():
        return flask.jsonify(primes={2, 3, 5})

    return app
