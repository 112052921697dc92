import jwt


def authorization(claims: dict, key: str) -> str:
    return "Bearer " + jwt.encode(claims, key, algorithm="HS256").decode("ascii")
