from dateutil import parser


def read(text: str) -> str:
    try:
        return parser.parse(text).date().isoformat()
    except parser.ParserError as error:
        return str(error)
