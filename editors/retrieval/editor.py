"""Retrieval: of all the documentation there is, each question is shown what looks closest.

The documents are the updates in force and, where a corpus is named, everything in it. The
query is the text of the bare prompt. BM25 compares words, an embedding what they mean.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.editing import Change, earlier
from codeupdate.errors import DataError, MissingExtra, ModelError, UsageError
from codeupdate.models.protocol import Model
from codeupdate.tasks.schema import read_jsonl, to_update
from codeupdate.types import ChangeKind, Example, Update

if TYPE_CHECKING:
    import numpy as np

#: What a folder's documents may be.
KINDS = ("md", "rst", "txt")
#: A query → how well each document fits it, more is better.
Scorer = Callable[[str], "np.ndarray"]

#: Names, and numbers on their own; what is between them separates.
WORD = re.compile(r"[^\W\d_][^\W]*|\d+")
#: Where a name has parts: ``HTTPServer`` → HTTP, Server; ``getName2`` → get, Name, 2.
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Literal["bm25", "embedding"] = "bm25"
    k: int = Field(1, ge=1)  # documents that are shown
    corpus: str | None = None  # JSON lines of updates, or a folder of text and markdown
    encoder: str = "sentence-transformers/all-MiniLM-L6-v2"  # of embeddings: a folder or a name


def words(text: str) -> list[str]:
    """The tokens of ``text`` for BM25, in lower case: every name as a whole, and after it its
    parts where it has several (``max_len`` → max_len, max, len; ``takeWhile`` → takewhile,
    take, while). A dotted path is the names in it."""
    found = []
    for word in WORD.findall(text):
        found.append(word.lower())
        parts = PART.findall(word)
        if len(parts) > 1:
            found += [part.lower() for part in parts]
    return found


class Index:
    """The documents in force, and what to show of them. One edit makes it; those nested in that
    one add to it, so that of all of them together the best are shown."""

    def __init__(self, settings: Settings, corpus: Sequence[Update]) -> None:
        self.settings = settings
        self.updates: tuple[Update, ...] = ()
        self._corpus = corpus
        self._encoder = _Encoder(settings.encoder) if settings.method == "embedding" else None

    @property
    def encoder_digest(self) -> str:
        return self._encoder.digest if self._encoder else ""

    @contextmanager
    def holding(self, updates: Sequence[Update]) -> Iterator[None]:
        """``updates`` are found, too, for the length of a ``with`` block."""
        before = self.updates
        self._put((*updates, *before))
        try:
            yield
        finally:
            self._put(before)

    def best(self, query: str) -> tuple[Update, ...]:
        """The ``k`` documents that fit ``query`` best; of equal ones the first."""
        if not self._documents:
            return ()
        ranked = (-self._score(query)).argsort(kind="stable")
        return tuple(self._documents[number] for number in ranked[: self.settings.k])

    def _put(self, updates: tuple[Update, ...]) -> None:
        self.updates = updates
        # What is in force counts where the corpus has something of the same id.
        own = {update.id for update in updates}
        self._documents = [*updates, *(u for u in self._corpus if u.id not in own)]
        texts = [_text(update) for update in self._documents]
        self._score = self._encoder.scorer(texts) if self._encoder else _bm25(texts)


@contextmanager
def edit(
    model: Model, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    corpus, digest = _corpus(settings.corpus)
    carried = (change.carry for change in earlier(model))
    index = next(
        (found for found in carried if isinstance(found, Index) and found.settings == settings),
        None,
    )
    if index is None:
        index = Index(settings, corpus)
        show = index.best
    else:
        show = _nothing_more
    with index.holding(updates):
        yield Change(documents=show, carry=index, depends=digest + index.encoder_digest)


def _nothing_more(query: str) -> tuple[Update, ...]:
    """The edit that made the index shows what is found in it."""
    return ()


def _text(update: Update) -> str:
    """What of a document is searched."""
    parts = (
        *(update.api, update.summary, update.signature_before, update.signature_after),
        update.documentation,
    )
    return "\n".join(part for part in parts if part)


# -------------------------------------------------------------------------------- scoring


def _bm25(texts: Sequence[str]) -> Scorer:
    """Lucene's BM25, which never counts a common word against a document."""
    try:
        import bm25s
    except ImportError as error:
        raise MissingExtra("the editor 'retrieval'", "bm25s", "retrieval") from error
    import numpy as np

    tokens = [words(text) for text in texts]
    vocabulary = {token for found in tokens for token in found}
    if not vocabulary:
        return lambda query: np.zeros(len(texts))
    ranking = bm25s.BM25(method="lucene")
    ranking.index(tokens, show_progress=False)

    def score(query: str) -> np.ndarray:
        asked = [word for word in words(query) if word in vocabulary]
        return ranking.get_scores(asked) if asked else np.zeros(len(texts))

    return score


class _Encoder:
    """A sentence encoder; what it has encoded once it remembers."""

    def __init__(self, name: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingExtra(
                "retrieval by embedding", "sentence-transformers", "embedding"
            ) from error
        try:
            self._model = SentenceTransformer(name)
        except (OSError, ValueError) as error:
            reason = str(error).strip().split("\n")[0]
            raise ModelError(
                f"the encoder '{name}' cannot be loaded: {reason}; name a folder or a model of "
                "the hub with --set encoder=NAME"
            ) from error
        self._vectors: dict[str, np.ndarray] = {}

    @cached_property
    def digest(self) -> str:
        import torch

        found = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            found.update(name.encode())
            bits = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            found.update(bits.numpy().tobytes())
        return found.hexdigest()

    def scorer(self, texts: Sequence[str]) -> Scorer:
        """The cosine between a query and each of ``texts``."""
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            vectors = self._model.encode_document(
                new, normalize_embeddings=True, show_progress_bar=False
            )
            self._vectors.update(zip(new, vectors, strict=True))
        matrix = np.array([self._vectors[text] for text in texts])

        def score(query: str) -> np.ndarray:
            vector = self._model.encode_query(
                query, normalize_embeddings=True, show_progress_bar=False
            )
            return matrix @ vector

        return score


# --------------------------------------------------------------------------------- corpus


def _corpus(place: str | None) -> tuple[list[Update], str]:
    """What else can be found, and a hash of it.

    Raises:
        UsageError: there is nothing at ``place``.
        DataError: a file cannot be read.
    """
    if place is None:
        return [], ""
    path = Path(place).expanduser()
    if path.is_file():
        found = [to_update(row, f"{path}, line {number}") for number, row in read_jsonl(path)]
    elif path.is_dir():
        files = sorted(file for kind in KINDS for file in path.rglob(f"*.{kind}"))
        found = [_document(file, file.relative_to(path).as_posix()) for file in files]
    else:
        raise UsageError(f"there is no corpus at '{path}'; name a file or a folder")
    if not found:
        raise UsageError(
            f"the corpus '{path}' is empty; it has to be a file with an update a line or a folder "
            f"with files of the kinds {', '.join(KINDS)}"
        )
    content = json.dumps([asdict(update) for update in found], sort_keys=True)
    return found, hashlib.sha256(content.encode()).hexdigest()


def _document(file: Path, name: str) -> Update:
    """A text as a template of a task sees documentation: nothing is known of it but its words."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the document '{file}' cannot be read: {error}") from error
    return Update(
        id=name,
        package="",
        api="",
        kind=ChangeKind.BEHAVIOUR_CHANGED,
        summary="",
        signature_before="",
        signature_after="",
        documentation=text,
    )
