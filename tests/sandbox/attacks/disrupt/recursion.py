"""Calls itself without end."""


def again():
    again()


again()
