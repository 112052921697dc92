from dateutil import parser


def read(text: str) -> str:
    try:
        return parser.parse(text).date().isoformat()
    except ValueError as error:
        return " ".join(map(str, error.args))
