"""New names for updates: two of 75 syllables, 5,625 names, a fifth of them held out.

A model that has seen names of this kind in documentation, and never these, must copy.
"""

from __future__ import annotations

import keyword
import random

from kitworld.phrases import PHRASES
from kitworld.splits import held_out

__all__ = ["CONSONANTS", "SYLLABLES", "VOWELS", "draw_name"]

CONSONANTS = "bdfghjklmnprtvz"
VOWELS = "aeiou"
SYLLABLES = tuple(consonant + vowel for consonant in CONSONANTS for vowel in VOWELS)

#: Words of the world that happen to be two syllables; they are no new names.
_TAKEN = {*PHRASES, "data", "role", "line", "name", "value", "title", "label", "turn", "mode"}


def draw_name(rng: random.Random, *, unseen: bool) -> str:
    """A new name; with ``unseen`` one that no training text contains, else one that may."""
    while True:
        name = rng.choice(SYLLABLES) + rng.choice(SYLLABLES)
        if name in _TAKEN or keyword.iskeyword(name):
            continue
        if held_out("name", name, 5) == unseen:
            return name
