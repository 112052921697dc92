from typing import Optional

from werkzeug.http import parse_authorization_header


def credentials(header: str) -> Optional[tuple[str, str]]:
    found = parse_authorization_header(header)
    if found is None or found.type != "basic":
        return None
    return found.username, found.password
