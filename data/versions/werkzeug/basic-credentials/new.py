from typing import Optional

from werkzeug.datastructures import Authorization


def credentials(header: str) -> Optional[tuple[str, str]]:
    found = Authorization.from_header(header)
    if found is None or found.type != "basic":
        return None
    return found.username, found.password
