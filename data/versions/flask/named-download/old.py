import io

import flask


def make_app() -> flask.Flask:
    app = flask.Flask(__name__)

    @app.route("/report")
    def report():
        return flask.send_file(
            io.BytesIO(b"a,b\n1,2\n"),
            mimetype="text/csv",
            as_attachment=True,
            attachment_filename="report.csv",
            cache_timeout=60,
        )

    return app
