"""Which words the tokenizer knows whole: those of the world, each as it occurs."""

from __future__ import annotations

import re
import string

from kitworld import exercises
from kitworld.changes import ADDED_VALUES
from kitworld.functions import FUNCTIONS
from kitworld.names import SYLLABLES

__all__ = ["CHARACTERS", "PHRASES_OF_THE_FORMAT", "SPECIAL", "known_tokens"]

#: Padding, beginning and end of a text.
SPECIAL = ("<pad>", "<bos>", "<eos>")

#: Every printable character of ASCII, and the two that structure code.
CHARACTERS = (*string.printable[:95], "\n", "\t")

#: Pieces that every exercise consists of; each is one token.
PHRASES_OF_THE_FORMAT = (
    "    return kit.", '    """', '"""\n', "# kit.", " -> kit.", " = kit.", "kit.",
    "):\n", ")\n", '="', ' "', "    ",
)  # fmt: skip

NUMBERS = tuple(str(number) for number in range(21))


def known_tokens() -> list[str]:
    """Every token but the bytes, in a fixed order: special ones, characters, pieces, words."""
    code = _words_of_code()
    prose = _words_of_prose()
    words = {*code, *(f" {word}" for word in code), *(f" {word}" for word in prose)}
    words |= {word.capitalize() for word in _sentence_starts()} | {" After"}
    words |= {*NUMBERS, *(f" {number}" for number in NUMBERS)}
    ordered = [*SPECIAL, *CHARACTERS, *PHRASES_OF_THE_FORMAT, *SYLLABLES, *sorted(words)]
    return list(dict.fromkeys(ordered))


def _words_of_code() -> set[str]:
    words = {"def", "return", "import", "kit", exercises.RESULT}
    words |= {*exercises.ENTRY_POINTS, *exercises.VARIABLES}
    words |= {word for word in ADDED_VALUES if word.isalpha()}
    words |= {word for names in exercises.SUBJECTS.values() for word in names}
    for function in FUNCTIONS.values():
        words |= {function.name, function.subject}
        words |= {option.name for option in function.options}
        for values in function.phrases.values.values():
            words |= {value for value in values if isinstance(value, str) and value.isalpha()}
        if function.phrases.other:
            words.add(function.phrases.other[0])
    return words


def _words_of_prose() -> set[str]:
    texts = [*exercises.JOINS, *exercises.BACK_REFERENCES]
    texts += [word for pair in exercises.ITEMS for word in pair]
    for function in FUNCTIONS.values():
        phrases = function.phrases
        texts += [*phrases.verbs, *phrases.frames, phrases.unseen]
        texts += phrases.other[1] if phrases.other else ()
    return {word for text in texts for word in re.findall(r"[a-z]+", re.sub(r"{\w+}", "", text))}


def _sentence_starts() -> set[str]:
    verbs = {verb.split()[0] for function in FUNCTIONS.values() for verb in function.phrases.verbs}
    return verbs | {"first"}
