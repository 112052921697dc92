"""What the model learns from, and what it never sees."""

import re

from kitworld.corpus import CURRICULUM, Text, stream
from kitworld.functions import FUNCTIONS
from kitworld.splits import held_out

TEXTS = 3000


def texts(seed: int, progress: float, number: int) -> list[Text]:
    source = stream(seed)
    next(source)
    return [source.send(progress) for _ in range(number)]


LAST = texts(0, 1.0, TEXTS)


def documented(text: Text) -> list[str]:
    return [line for line in text.prompt.split("\n") if line.startswith("# kit.")]


def test_the_same_seed_gives_the_same_texts() -> None:
    assert texts(1, 0.5, 50) == texts(1, 0.5, 50)
    assert texts(1, 0.5, 50) != texts(2, 0.5, 50)


def test_held_out_pairs_never_occur() -> None:
    """Where nothing is documented the names of the functions can be read off the solution."""
    pairs = set()
    for text in LAST:
        if not documented(text) and "result" in text.completion:
            first, second = re.findall(r"kit\.(\w+)\(", text.completion)
            pairs.add(f"{first}>{second}")
    assert len(pairs) > 100
    assert not any(held_out("pair", pair, 5) for pair in pairs)


def test_held_out_names_never_occur() -> None:
    syllable = "[bdfghjklmnprtvz][aeiou]"
    names = {
        name
        for text in LAST
        for line in documented(text)
        for name in re.findall(rf"\b{syllable}{syllable}\b", line.partition("->")[2])
    }
    names -= {option.name for function in FUNCTIONS.values() for option in function.options}
    names -= set(FUNCTIONS)
    assert len(names) > 500
    assert not any(held_out("name", name, 5) for name in names)


def test_held_out_phrases_never_occur() -> None:
    item = r"(?:items?|elements?|entry|entries)"
    for function in FUNCTIONS.values():
        if function.phrases.unseen in function.phrases.frames:
            raise AssertionError(f"{function.name} holds out nothing")
        pattern = re.escape(function.phrases.unseen).replace(r"\{x\}", r"\w+")
        pattern = re.sub(r"\\{\w+\\}", r'["\\w*<>()\\[\\]{}~+!#-]+', pattern)
        pattern = re.sub(r"\bitems?\b", item, pattern)
        used = [
            text.completion
            for text in LAST
            if "result" not in text.completion  # else it may be the other call's
            and re.search(rf"{pattern}(?:\.|,| and then|\. After)", text.prompt)
            and f"kit.{function.name}(" in text.completion
        ]
        assert not used, (function.name, used[:1])


def test_every_function_is_updated_in_every_way() -> None:
    """What was never updated here could not be updated by documentation later."""
    lines = [line.removeprefix("# ") for text in LAST for line in documented(text)]
    assert {line.split()[0].removeprefix("kit.") for line in lines} == set(FUNCTIONS)
    for name, function in FUNCTIONS.items():
        own = [line for line in lines if line.startswith(f"kit.{name} ->")]
        assert any(f".{name}(" in line and f"kit.{name}(" not in line[5:] for line in own), "moved"
        assert any(
            re.search(r" -> kit\.\w+\(", line) and f" kit.{name}(" not in line for line in own
        )
        if function.defaulted:
            assert any(f'{function.defaulted.name}="' in line for line in own), "default"


def test_the_curriculum_gets_harder() -> None:
    begin = texts(0, 0.0, 800)
    assert max(len(documented(text)) for text in begin) == 1
    assert max(len(documented(text)) for text in LAST) == CURRICULUM[-1].distractors + 1
    doubles = [sum("result" in t.completion for t in some) / len(some) for some in (begin, LAST)]
    assert doubles[0] < doubles[1]
