"""Key covariance: what it is, when it is computed, and what a kill may leave of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import load_editor
from codeupdate.editing.corpus import texts, token_rows
from codeupdate.editing.covariance import CovarianceSettings, second_moments, statistics
from codeupdate.editing.hooks import projections
from codeupdate.errors import DataError, UsageError
from tests.editing.method import UPDATE
from tests.small_models import FAMILIES, small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

IN_FLOAT64 = {family: small_model(family) for family in FAMILIES}
for one in IN_FLOAT64.values():
    one.module.double()
HERE = CovarianceSettings(corpus=str(Path(__file__).parent), tokens=300)


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(FAMILIES),
    st.lists(st.lists(st.integers(3, 90), min_size=1, max_size=9), min_size=1, max_size=20),
)
def test_it_is_the_mean_product_of_what_projections_read(
    family: str, rows: Sequence[Sequence[int]]
) -> None:
    model = IN_FLOAT64[family]
    found = second_moments(model, [0, 1], rows)
    for layer, projection in enumerate(projections(model)):
        seen = []
        handle = projection.register_forward_hook(
            lambda module, given, output, seen=seen: seen.append(given[0][0].double())
        )
        with torch.no_grad():
            for row in rows:  # one by one: no padding
                model.module(input_ids=torch.tensor([row]))
        handle.remove()
        keys = torch.cat(seen)
        torch.testing.assert_close(found[layer], keys.T @ keys / len(keys), rtol=1e-9, atol=1e-9)


def test_it_is_kept_and_computed_for_other_weights_and_texts_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = small_model("llama")
    with caplog.at_level(logging.INFO):
        first = statistics(model, [0], HERE)
        assert "computing the key covariance of 'small', layers [0], over 300 tokens" in caplog.text
        caplog.clear()
        again = statistics(model, [0], HERE)
        assert not caplog.records
    assert torch.equal(first.covariance[0], again.covariance[0])
    assert first.tokens == 300
    fewer = statistics(model, [0], HERE.model_copy(update={"tokens": 200}))
    other = statistics(small_model("qwen2"), [0], HERE)
    assert len({first.depends, fewer.depends, other.depends}) == 3
    assert again.depends == first.depends
    file = first.files[0]
    assert [path.name for path in file.parent.iterdir()] == ["layer-0.safetensors"]


def test_edits_of_the_prompt_do_not_change_it(caplog: pytest.LogCaptureFixture) -> None:
    model = small_model("llama")
    plain = statistics(model, [0], HERE)
    with load_editor("docs").apply(model, [UPDATE]) as edited, caplog.at_level(logging.INFO):
        under = statistics(edited, [0], HERE)
        assert not caplog.records  # it is not computed anew
    assert (under.depends, under.files) == (plain.depends, plain.files)
    assert torch.equal(under.covariance[0], plain.covariance[0])


def test_a_write_that_is_interrupted_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors import torch as safetensors

    def stopped(tensors: object, name: str) -> None:
        Path(name).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(safetensors, "save_file", stopped)
    settings = HERE.model_copy(update={"tokens": 111})
    with pytest.raises(KeyboardInterrupt):
        statistics(small_model("llama"), [0], settings)
    monkeypatch.undo()
    found = statistics(small_model("llama"), [0], settings)
    assert [path.name for path in found.files[0].parent.iterdir()] == ["layer-0.safetensors"]


def test_corpora(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.py").write_text("x = 'A{b}'\n")
    (tmp_path / "notes.txt").write_text("no Python")
    assert list(texts(str(tmp_path))) == ["x = 'A{b}'\n"]
    lines = tmp_path / "texts.jsonl"
    lines.write_text(json.dumps({"text": "one"}) + "\n" + json.dumps({"text": "two"}) + "\n")
    assert list(texts(str(lines))) == ["one", "two"]
    assert next(iter(texts("tiny"))).startswith(("def ", "# kit."))
    assert next(iter(texts("installed")))
    with pytest.raises(UsageError, match="there is no corpus 'nowhere'"):
        list(texts("nowhere"))
    with pytest.raises(UsageError, match="no Python files"):
        (tmp_path / "empty").mkdir()
        list(texts(str(tmp_path / "empty")))
    lines.write_text('{"prompt": "x"}\n')
    with pytest.raises(DataError, match="line 1: a corpus has"):
        list(texts(str(lines)))


def test_rows_hold_exactly_so_many_tokens_and_fit_the_context() -> None:
    rows = token_rows(small_model("llama"), HERE.corpus, 1000)
    assert sum(map(len, rows)) == 1000
    assert max(map(len, rows)) == 128
