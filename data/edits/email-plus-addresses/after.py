"""What people type when they sign up."""

import re

LOCAL = re.compile(r"[A-Za-z0-9._%+'-]+")
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


class SignupError(ValueError):
    """Something that we cannot accept; the message is shown to the customer."""


def check_email(text):
    """The address, with the domain in lower case."""
    local, at, domain = text.strip().rpartition("@")
    if not at:
        raise SignupError("An address has an @ in it.")
    if not LOCAL.fullmatch(local):
        raise SignupError("There is a character before the @ that we do not know.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise SignupError("Dots stand between other characters.")
    labels = domain.split(".")
    if len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise SignupError("What follows the @ is not a domain.")
    return f"{local}@{domain.lower()}"


def check_name(text):
    name = " ".join(text.split())
    if not 2 <= len(name) <= 60:
        raise SignupError("A name has 2 to 60 characters.")
    return name


def check_signup(form):
    """The checked values of a form: a dictionary with ``email`` and ``name``."""
    return {"email": check_email(form["email"]), "name": check_name(form["name"])}
