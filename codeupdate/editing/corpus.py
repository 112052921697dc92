"""Texts that statistics are taken over: a folder of Python, a file of texts, what is installed."""

from __future__ import annotations

import json
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from codeupdate import plugins
from codeupdate.errors import DataError, UsageError
from codeupdate.models.context import context_of
from codeupdate.models.protocol import WeightedModel

__all__ = ["INSTALLED", "texts", "token_rows"]

INSTALLED = "installed"
OWN = "corpus.jsonl"  # beside a model that comes with codeupdate: texts of its training
LONGEST = 512  # tokens of one row; a source file is cut into rows


def texts(corpus: str) -> Iterator[str]:
    """The texts of ``corpus``, in an order that is the same every time.

    ``corpus`` is ``installed`` (the Python files of the installed packages), the name of a
    model that comes with codeupdate and its texts (``tiny``), a folder (its Python files), or
    a file of JSON lines with the field ``text``. Files are shuffled: the first so many tokens
    of a large corpus are not all of one package.

    Raises:
        UsageError: there is no such corpus, or there is nothing in it.
        DataError: a line of a file is not what it should be.
    """
    own = plugins.data_folder() / corpus / OWN
    if corpus == INSTALLED:
        yield from _sources(Path(sysconfig.get_path("purelib")))
    elif own.is_file():
        yield from _lines(own)
    elif Path(corpus).is_dir():
        yield from _sources(Path(corpus))
    elif Path(corpus).is_file():
        yield from _lines(Path(corpus))
    else:
        raise UsageError(
            f"there is no corpus '{corpus}'; name a folder of Python files, a file of JSON "
            f"lines with the field 'text', or '{INSTALLED}' for the installed packages"
        )


def _sources(folder: Path) -> Iterator[str]:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.py"))
    if not files:
        raise UsageError(f"the corpus '{folder}' has no Python files (*.py) in it")
    random.Random(0).shuffle(files)
    for file in files:
        yield (folder / file).read_text(encoding="utf-8", errors="replace")


def _lines(file: Path) -> Iterator[str]:
    with file.open("rb") as lines:  # json finds out the encoding, and a wrong one is an error
        for number, line in enumerate(lines, start=1):
            try:
                yield str(json.loads(line)["text"])
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"'{file}', line {number}: a corpus has a JSON object with the field 'text' "
                    "in every line"
                ) from error


def token_rows(model: WeightedModel, corpus: str, tokens: int) -> list[tuple[int, ...]]:
    """The first ``tokens`` tokens of ``corpus`` as rows that fit into the model's context;
    fewer where the corpus has no more."""
    longest = min(LONGEST, context_of(model.module))
    rows: list[tuple[int, ...]] = []
    left = tokens
    for text in texts(corpus):
        # A file's head may say for thousands of tokens what it holds; any row will do.
        ids = model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"][:left]
        rows += [tuple(ids[at : at + longest]) for at in range(0, len(ids), longest)]
        left -= len(ids)
        if left <= 0:
            break
    return rows
