"""Rules for passwords."""

import string

COMMON = frozenset(["password", "123456789", "qwertyuiop", "letmein123"])


class PasswordError(ValueError):
    """A password that we do not take."""


def _has(text, characters):
    return any(char in characters for char in text)


class Vault:
    """Keeps passwords of users, for a demonstration only: they are not even hashed."""

    def __init__(self):
        self._passwords = {}

    def verify(self, user, password):
        return self._passwords.get(user) == password

    def forget(self, user):
        self._passwords.pop(user, None)

    def change(self, user, password):
        """Set a new password, or raise PasswordError with everything that is wrong with it."""
        problems = self.check_password(user, password)
        if problems:
            raise PasswordError("; ".join(problems))
        self._passwords[user] = password

    def check_password(self, user, password):
        """The rules that the password breaks."""
        broken = {
            "too short": len(password) < 9,
            "no digit": not _has(password, string.digits),
            "no letter": not _has(password, string.ascii_letters),
            "too common": password.lower() in COMMON,
            "contains the user name": user.lower() in password.lower(),
            "same as before": self._passwords.get(user) == password,
        }
        return [message for message, applies in broken.items() if applies]
