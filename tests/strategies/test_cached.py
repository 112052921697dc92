"""Answers from an edited cache, from the model to the table of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import codeupdate as cu
from codeupdate.errors import ModelError, UsageError
from codeupdate.kvcache.serving import CachedModel
from codeupdate.models.transformers import TransformersModel
from codeupdate.strategies import load_strategy
from codeupdate.types import Message, Prompt, Sampling
from tests.kvcache.models import model_of, random_model
from tests.kvcache.tokenizers import byte_pairs

pytest.importorskip("torch", reason="needs the extra 'transformers'")

TEXT = "def take(values, count):\n    return values[:count]\n"
ASKED = Prompt(TEXT.replace("count", "size"), earlier=Prompt(TEXT))
WAYS = ("full", "prefix", "conflict", "pie", "selective:0.5")


@pytest.mark.parametrize("sampling", [Sampling(max_tokens=12), Sampling(3, 0.8, 0.95, 12, 7)])
def test_exact_ways_answer_like_the_model_itself(sampling: Sampling) -> None:
    model = model_of("llama")
    [plain] = model.batches([Prompt(ASKED.text)], sampling)
    for way in ("full", "prefix"):
        [kept] = CachedModel(model, way).batches([ASKED], sampling)
        assert [s.text for s in kept] == [s.text for s in plain]
        assert [s.finish_reason for s in kept] == [s.finish_reason for s in plain]
        assert [s.prompt_tokens for s in kept] == [s.prompt_tokens for s in plain]


def test_what_is_observed() -> None:
    seen = {}
    for way in WAYS:
        [[sample]] = CachedModel(model_of("llama"), way).batches([ASKED], Sampling(max_tokens=4))
        seen[way] = sample.observed
        assert {"edit_time", "encoded", "agreement", "divergence"} <= sample.observed.keys()
    assert seen["full"]["divergence"] == pytest.approx(0, abs=1e-9) == seen["prefix"]["divergence"]
    assert seen["conflict"]["divergence"] > seen["pie"]["divergence"] > 0
    assert 1 == seen["full"]["encoded"] > seen["prefix"]["encoded"] > seen["pie"]["encoded"]


def test_a_chat_is_asked_with_the_same_tokens_as_ever() -> None:
    """Its template writes no token that begins a text; the tokenizer would."""
    from tokenizers import processors

    tokenizer = byte_pairs()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 0)]
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    module = random_model("llama", vocab_size=320).module
    model = TransformersModel(module, tokenizer, name="chat")
    before, after = (
        Prompt(text, messages=(Message("user", text),)) for text in ("take(2)", "take(13)")
    )
    for asked, earlier in ((after, before), (Prompt(after.text), Prompt(before.text))):
        [[plain]] = model.batches([asked], Sampling(max_tokens=8))
        edited = replace(asked, earlier=earlier)
        [[kept]] = CachedModel(model, "prefix").batches([edited], Sampling(max_tokens=8))
        assert (kept.text, kept.prompt_tokens) == (plain.text, plain.prompt_tokens)


def test_tokens_that_a_text_cannot_have_are_refused() -> None:
    module = random_model("llama", vocab_size=320).module
    model = TransformersModel(module, byte_pairs(first="<s>"), name="ends")  # writes </s> too
    with pytest.raises(ModelError, match="more special tokens"):
        list(CachedModel(model, "pie").batches([ASKED], Sampling(max_tokens=2)))


@pytest.mark.parametrize("way", WAYS)
def test_an_earlier_text_that_no_cache_could_hold_is_encoded_after_the_edit(way: str) -> None:
    model = model_of("llama")
    [[plain]] = model.batches([Prompt(TEXT)], Sampling(max_tokens=8))
    long = Prompt(TEXT, earlier=Prompt("y" * 200))
    [[kept]] = CachedModel(model, way).batches([long], Sampling(max_tokens=8))
    assert kept.text == plain.text
    assert kept.observed["encoded"] == 1


def test_stop_strings_and_full_contexts() -> None:
    model = CachedModel(model_of("llama"), "pie")
    [[sample]] = model.batches([ASKED], Sampling(max_tokens=12))
    stop = sample.text[2:4]
    cut = Prompt(ASKED.text, stop=(stop,), earlier=ASKED.earlier)
    [[found]] = model.batches([cut], Sampling(max_tokens=12))
    assert found.text == sample.text[: sample.text.index(stop)]
    assert found.finish_reason == "stop"
    long = Prompt("x" * 200, earlier=Prompt("y" * 200))
    [[overflow]] = model.batches([long], Sampling(max_tokens=2))
    assert (overflow.text, overflow.finish_reason) == ("", "context")
    full = Prompt("x" * 126, earlier=Prompt("x" * 100))
    [[last]] = model.batches([full], Sampling(max_tokens=9))
    assert last.completion_tokens <= 2


def test_a_run_compares_the_ways_side_by_side(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    line = (
        '{"repo_name": "a/b", "file_path": "f.py", "context": [], "import_statement": "import kit",'
        ' "cropped_code": "def work(row):\\n    row = kit.sort(row)\\n    row = kit.mirror(row)",'
        ' "next_line": "    return row"}\n'
    )
    rows.write_text(line)
    result = cu.evaluate(
        "tiny",
        "repobench-edit",
        strategy=["full", "pie", "conflict"],
        data=rows,
        max_tokens=8,
        output=tmp_path / "run",
        progress=False,
    ).result
    assert [arm.arm.strategy for arm in result.results] == ["full", "pie", "conflict"]
    full, pie, _ = result.results
    assert full.metrics["agreement"].value == 1 and full.metrics["encoded"].value == 1
    assert pie.metrics["encoded"].value < 1
    assert pie.units["edit_time"] == "ms" and pie.measures["edit_time"] == "lower"
    assert {c.metric for c in result.comparisons} == {"exact_match", "edit_similarity"}
    assert {c.baseline.strategy for c in result.comparisons} == {"full"}


def test_what_cannot_be_kept_is_told_before_anything_runs() -> None:
    with pytest.raises(UsageError, match=r"no strategy .nope.*pie, selective"):
        load_strategy("nope")
    with pytest.raises(UsageError, match="what its prompts were before an edit"):
        cu.evaluate("tiny", "kit-base", strategy="pie", limit=1)
    with pytest.raises(UsageError, match="does nothing but answer; use tiny or hf:"):
        cu.evaluate("reference", "edits", strategy="pie", limit=1)
