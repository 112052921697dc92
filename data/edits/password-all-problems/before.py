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
        """Set a new password; the first thing that is wrong with it raises."""
        self.check_password(user, password)
        self._passwords[user] = password

    def check_password(self, user, password):
        """Raise PasswordError where the password breaks a rule."""
        if len(password) < 9:
            raise PasswordError("too short")
        if not _has(password, string.digits):
            raise PasswordError("no digit")
        if not _has(password, string.ascii_letters):
            raise PasswordError("no letter")
        if password.lower() in COMMON:
            raise PasswordError("too common")
        if user.lower() in password.lower():
            raise PasswordError("contains the user name")
        if self._passwords.get(user) == password:
            raise PasswordError("same as before")
