"""Retrieval: what is shown, in which order, from where, and how often it is the right thing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_editor
from codeupdate.errors import DataError, ModelError, UsageError
from codeupdate.models.answers import AnswerBook
from codeupdate.plugins import load_module
from codeupdate.tasks import load_task
from codeupdate.types import ChangeKind, Update

pytest.importorskip("bm25s", reason="needs the extra 'retrieval'")
retrieval: Any = load_module(editor_folders()["retrieval"] / "editor.py")
MODEL = AnswerBook("recorded:file", {"p": ["x"]})


def update(name: str, documentation: str) -> Update:
    return Update(
        name, "lib", f"lib.{name}", ChangeKind.FUNCTION_RENAMED, "", "", "", documentation
    )


TAKE = update("take_first", "takes the first values of a list")
ROTATE = update("rotateList", "rotates a list by some places")
CLAMP = update("clamp", "limits numbers to a range")


def shown(query: str, updates: list[Update], **settings: object) -> list[str]:
    with load_editor("retrieval", **settings).apply(MODEL, updates) as edited:
        return [found.id for found in edited.documents(query)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("max_len", ["max_len", "max", "len"]),
        ("takeWhile", ["takewhile", "take", "while"]),
        ("HTTPServer2.start", ["httpserver2", "http", "server", "2", "start"]),
        ("__init__(x=3)", ["init__", "x", "3"]),
        ("a list, twice", ["a", "list", "twice"]),
    ],
)
def test_names_are_split_where_their_parts_are(text: str, tokens: list[str]) -> None:
    assert retrieval.words(text) == tokens


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    assert all(word and word == word.lower() for word in retrieval.words(text))


def test_the_best_come_first_and_ties_in_the_order_of_the_updates() -> None:
    updates = [TAKE, ROTATE, CLAMP]
    assert shown("def f(x): rotate list", updates, k=3)[0] == "rotateList"
    assert shown("take the first", updates) == ["take_first"]
    assert shown("zzz", updates, k=5) == ["take_first", "rotateList", "clamp"]
    assert shown("", updates, k=2) == ["take_first", "rotateList"]


def test_of_nested_edits_the_best_of_all_are_shown() -> None:
    editor = load_editor("retrieval", k=2)
    with editor.apply(MODEL, [TAKE]) as once:
        with editor.apply(once, [ROTATE]) as twice, editor.apply(twice, [CLAMP]) as thrice:
            found = thrice.documents("clamp numbers, then rotate the list")
            assert [one.id for one in found] == ["clamp", "rotateList"]
        assert [one.id for one in once.documents("clamp numbers")] == ["take_first"]


def test_documents_of_another_method_stand_beside() -> None:
    with (
        load_editor("docs").apply(MODEL, [CLAMP]) as once,
        load_editor("retrieval").apply(once, [TAKE, ROTATE]) as twice,
    ):
        assert [one.id for one in twice.documents("rotate")] == ["rotateList", "clamp"]


def corpus_of(folder: Path, *updates: Update) -> Path:
    rows = [
        {**{k: getattr(u, k) for k in ("id", "package", "api", "summary")}, "kind": u.kind.value}
        | {k: getattr(u, k) for k in ("signature_before", "signature_after", "documentation")}
        for u in updates
    ]
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_corpus_of_updates_is_searched_too_and_gives_way_to_what_is_in_force(
    tmp_path: Path,
) -> None:
    path = corpus_of(tmp_path, replace(TAKE, documentation="old words: orchids"), ROTATE)
    assert shown("rotate a list", [TAKE], corpus=str(path)) == ["rotateList"]
    with load_editor("retrieval", corpus=str(path), k=3).apply(MODEL, [TAKE]) as edited:
        found = edited.documents("orchids")
        assert sorted(one.id for one in found) == ["rotateList", "take_first"]
        assert TAKE in found


def test_a_folder_of_texts_is_searched_too(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "pad.md").write_text("# pad\nfills a text up to a width\n")
    (tmp_path / "notes.txt").write_text("nothing of interest\n")
    (tmp_path / "code.py").write_text("fills a text up to a width\n")
    with load_editor("retrieval", corpus=str(tmp_path)).apply(MODEL, [TAKE]) as edited:
        [found] = edited.documents("fill up to a width")
    assert (found.id, found.documentation) == ("api/pad.md", "# pad\nfills a text up to a width")


def test_the_fingerprint_changes_with_the_corpus(tmp_path: Path) -> None:
    path = corpus_of(tmp_path, ROTATE)
    seen = []
    for content in (path.read_text(), path.read_text(), path.read_text().replace("some", "n")):
        path.write_text(content)
        with load_editor("retrieval", corpus=str(path)).apply(MODEL, [TAKE]) as edited:
            seen.append(edited.fingerprint)
    assert seen[0] == seen[1] != seen[2]


def test_a_corpus_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no corpus at"):
        shown("q", [TAKE], corpus=str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="is empty"):
        shown("q", [TAKE], corpus=str(tmp_path))
    (tmp_path / "bad.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match=r"bad.jsonl, line 1: id: field required"):
        shown("q", [TAKE], corpus=str(tmp_path / "bad.jsonl"))
    (tmp_path / "latin.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(DataError, match="cannot be read"):
        shown("q", [TAKE], corpus=str(tmp_path))


@pytest.mark.parametrize(
    ("package", "settings", "says"),
    [
        ("bm25s", {}, r'pip install "codeupdate\[retrieval\]"'),
        (
            "sentence_transformers",
            {"method": "embedding"},
            r'pip install "codeupdate\[embedding\]"',
        ),
    ],
)
def test_a_missing_extra_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, package: str, settings: dict[str, object], says: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=says):
        shown("q", [TAKE], **settings)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small random BERT with mean pooling, in the form that the library loads."""
    st_models = pytest.importorskip("sentence_transformers.models", reason="needs 'embedding'")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel

    from tests.small_models import character_tokenizer

    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    tokenizer = character_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(folder / "bert")
    tokenizer.save_pretrained(folder / "bert")
    words = st_models.Transformer(str(folder / "bert"), max_seq_length=64)
    pooling = st_models.Pooling(16)
    SentenceTransformer(modules=[words, pooling], device="cpu").save(str(folder / "whole"))
    return str(folder / "whole")


def test_by_embedding_a_text_is_closest_to_itself(encoder: str) -> None:
    updates = [TAKE, ROTATE, CLAMP]
    for one in updates:
        query = f"{one.api}\n{one.documentation}"
        assert shown(query, updates, method="embedding", encoder=encoder) == [one.id]
    prints = []
    for method in ("bm25", "embedding"):
        with load_editor("retrieval", method=method, encoder=encoder).apply(MODEL, updates) as edit:
            prints.append(edit.fingerprint)
    assert prints[0] != prints[1]


def test_an_encoder_that_is_not_there_is_said(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra 'embedding'")
    with pytest.raises(ModelError, match="cannot be loaded"):
        shown("q", [TAKE], method="embedding", encoder=str(tmp_path / "none"))


def test_bm25_finds_the_updates_of_kit_more_often_than_chance() -> None:
    task = load_task("kit-update")
    updates = list(task.updates().values())
    with load_editor("retrieval").apply(MODEL, updates) as edited:
        hits = [
            edited.documents(task.prompt(problem, "prompt").text)[0].id == problem.update
            for problem in task.problems()
        ]
    assert sum(hits) / len(hits) > 3 / len(updates)
