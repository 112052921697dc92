"""Rows of CodeSync, as its authors publish them and as this project writes them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codeupdate.errors import DataError
from codeupdate.tasks.rows import read_rows
from codeupdate.tasks.schema import explain
from codeupdate.types import ChangeKind

LETTERS = ("A", "B", "C", "D")


class Row(BaseModel):
    """One row of our own. ``context`` ends with the API's name and ``answer`` begins with "(";
    of an ``ect`` row, ``outdated`` is the call that is to be corrected; of an ``mcq`` row,
    ``answer`` is a letter of ``options``. A ``train`` row is an example to learn from.

    Where ``environment`` is named the call is executed: ``setup``, context, answer and
    ``after`` are one script, which has to work there and, where ``outdated_environment`` is
    named, not in that.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    family: Literal["cct", "ect", "mcq", "train"]
    api: str = Field(min_length=1)
    context: str
    answer: str
    outdated: str = ""
    options: Mapping[str, str] = Field(default_factory=dict)
    updated_signature: str = ""
    outdated_signature: str = ""
    setup: str = ""
    after: str = ""
    environment: str = ""
    outdated_environment: str = ""

    @property
    def question(self) -> str:
        return self.context + (self.outdated if self.family == "ect" else "")

    @property
    def name(self) -> str:
        """The API's own name; that of the class where it is the initializer of one."""
        parts = [part for part in self.api.split(".") if part != "__init__"]
        return parts[-1]

    @property
    def change(self) -> ChangeKind:
        """What the signatures say, where both are given."""
        old, new = _parameters(self.outdated_signature), _parameters(self.updated_signature)
        if old is None or new is None:
            return ChangeKind.BEHAVIOUR_CHANGED
        added, removed = new.keys() - old.keys(), old.keys() - new.keys()
        if added and removed:
            return ChangeKind.PARAMETER_RENAMED
        if added or removed:
            return ChangeKind.PARAMETER_ADDED if added else ChangeKind.PARAMETER_REMOVED
        if list(old) != list(new):
            return ChangeKind.PARAMETER_ORDER
        return ChangeKind.DEFAULT_CHANGED if old != new else ChangeKind.BEHAVIOUR_CHANGED


def read(path: Path) -> list[tuple[Row, str]]:
    """All rows of a file, or of all files in a folder, and the place of each."""
    return list(_rows(path))


def _rows(path: Path) -> Iterator[tuple[Row, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for where, raw in read_rows(path):
        values = raw if "family" in raw else _from_published(raw, where)
        if "id" not in values:
            key = (values["family"], values["api"])
            counts[key] += 1
            values = {**values, "id": f"{key[0]}/{key[1]}/{counts[key]}"}
        try:
            row = Row.model_validate(values)
        except ValidationError as error:
            raise DataError(f"{where}: {explain(error)}") from error
        if row.family == "mcq" and row.answer not in row.options:
            raise DataError(f"{where}: the answer '{row.answer}' is none of its options")
        yield row, where


def _from_published(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Benchmark rows have ``question`` and ``answer``, training rows both codes."""
    training = "updated_code" in raw
    needed = ("API_path", *(("context", "updated_code") if training else ("question", "answer")))
    for name in needed:
        if not isinstance(raw.get(name), str):
            raise DataError(f"{where}: there is no text '{name}'")
    values = {"api": raw["API_path"].partition("(")[0].strip()}
    values |= {key: raw[key] for key in ("updated_signature", "outdated_signature") if key in raw}
    if training:
        outdated = raw.get("outdated_code", "")
        more = {"context": raw["context"], "answer": raw["updated_code"], "outdated": outdated}
        return {**values, **more, "family": "train"}
    question, answer = raw["question"], raw["answer"].strip()
    if options := {letter: raw[letter] for letter in LETTERS if letter in raw}:
        more = {"context": question, "options": options, "answer": answer.strip(".")}
        return {**values, **more, "family": "mcq"}
    # Both other families have the same fields; a question that ends a call wants it corrected.
    family = "ect" if question.rstrip().endswith(")") else "cct"
    return {**values, "context": question, "answer": answer, "family": family}


def _parameters(signature: str) -> dict[str, str] | None:
    """Name → default of every parameter, in order; None where that cannot be read."""
    _, opened, rest = signature.partition("(")
    try:
        tree = ast.parse(f"def f({rest.partition(' ->')[0].strip()}: ...")
    except SyntaxError:
        return None
    definition = tree.body[0]
    if not opened or not isinstance(definition, ast.FunctionDef):
        return None
    given = definition.args
    positional = [*given.posonlyargs, *given.args]
    defaults = [""] * (len(positional) - len(given.defaults)) + [*map(ast.unparse, given.defaults)]
    found = {one.arg: text for one, text in zip(positional, defaults, strict=True)}
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found[one.arg] = ast.unparse(default) if default else ""
    return found
