"""The decoding loop against transformers' own, on a small random Llama."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import ModelError, UsageError
from codeupdate.models import encoding
from codeupdate.models.transformers import TransformersModel
from codeupdate.models.transformers_loading import load_transformers
from codeupdate.types import Message, Prompt, Sampling
from tests.small_models import character_tokenizer, small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
transformers = pytest.importorskip("transformers", reason="needs the extra 'transformers'")


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return small_model("llama")


def texts(model: TransformersModel, prompts: list[Prompt], sampling: Sampling) -> dict[Any, str]:
    return {
        (sample.prompt, sample.index): sample.text
        for batch in model.batches(prompts, sampling)
        for sample in batch
    }


PROMPTS = [Prompt("def f(x):\n"), Prompt("a"), Prompt("class Pile:\n    pass\n")]


def test_greedy_equals_generate(model: TransformersModel) -> None:
    ours = texts(model, PROMPTS, Sampling(max_tokens=24))
    for number, prompt in enumerate(PROMPTS):
        ids = model.tokenizer(prompt.text, return_tensors="pt")
        theirs = model.module.generate(**ids, max_new_tokens=24, do_sample=False)
        expected = model.tokenizer.decode(
            theirs[0, ids["input_ids"].shape[1] :], skip_special_tokens=True
        )
        assert ours[number, 0] == expected


def test_samples_do_not_depend_on_what_they_are_batched_with(model: TransformersModel) -> None:
    sampling = Sampling(n=3, temperature=1.0, top_p=0.9, max_tokens=16)
    together = texts(model, PROMPTS, sampling)
    for number, prompt in enumerate(PROMPTS):
        alone = texts(model, [prompt], sampling)
        assert [alone[0, i] for i in range(3)] == [together[number, i] for i in range(3)]
    assert len({together[0, i] for i in range(3)}) > 1  # the samples of a prompt differ
    assert texts(model, PROMPTS, Sampling(3, 1.0, 0.9, 16, seed=1)) != together


def test_fewer_samples_are_the_first_ones(model: TransformersModel) -> None:
    three = texts(model, PROMPTS, Sampling(n=3, temperature=1.0, max_tokens=16))
    two = texts(model, PROMPTS, Sampling(n=2, temperature=1.0, max_tokens=16))
    assert two.items() <= three.items()


def test_a_prompt_without_tokens_is_a_sentence(model: TransformersModel) -> None:
    assert model.encode(Prompt("")) == []
    with pytest.raises(UsageError, match=f"a prompt is empty: .* '{model.name}' could continue"):
        model.generate(["def f():\n", ""])
    with pytest.raises(UsageError, match="the prompt of problem 'p1' is empty"):
        model.generate([Prompt("", problem="p1")])


def test_a_tiny_nucleus_is_greedy(model: TransformersModel) -> None:
    nucleus = texts(model, PROMPTS, Sampling(temperature=1.0, top_p=1e-9, max_tokens=16))
    assert nucleus == texts(model, PROMPTS, Sampling(max_tokens=16))


def test_the_distribution_is_the_models(model: TransformersModel) -> None:
    """2,000 first tokens against the softmax: total variation within sampling error."""
    sampling = Sampling(n=2000, temperature=1.0, max_tokens=1)
    (batch,) = model.batches([Prompt("x")], sampling)
    ids = model.tokenizer("x", return_tensors="pt")
    with torch.no_grad():
        expected = torch.softmax(model.module(**ids).logits[0, -1].double(), -1)
    counts = torch.zeros_like(expected)
    for sample in batch:
        token = model.tokenizer(sample.text)["input_ids"][0] if sample.text else 1
        counts[token] += 1
    kept = expected.clone()
    kept[[0, 1, 2]] = counts[[0, 1, 2]] / 2000  # special tokens have no text to tell them by
    assert 0.5 * (counts / 2000 - kept).abs().sum() < 0.1


def test_a_stop_string_cuts_the_text_and_says_so(model: TransformersModel) -> None:
    whole = texts(model, [Prompt("def f(x):\n")], Sampling(max_tokens=24))[0, 0]
    stop = whole[7:9]
    (batch,) = model.batches([Prompt("def f(x):\n", stop=(stop,))], Sampling(max_tokens=24))
    assert batch[0].text == whole[: whole.index(stop)]
    assert batch[0].finish_reason == "stop"
    assert batch[0].completion_tokens <= 9


def test_chat_messages_are_used_where_there_is_a_template(model: TransformersModel) -> None:
    tokenizer = character_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
        "{% if add_generation_prompt %}[assistant]{% endif %}"
    )
    chat = TransformersModel(model.module, tokenizer, name="chat")
    asked = texts(chat, [Prompt("x", (Message("user", "Hi"),))], Sampling(max_tokens=8))
    plain = texts(model, [Prompt("[user]Hi[assistant]")], Sampling(max_tokens=8))
    assert asked == plain
    assert chat.fingerprint != model.fingerprint


def test_the_fingerprint_follows_the_weights(model: TransformersModel) -> None:
    same = TransformersModel(model.module, model.tokenizer, name="another name")
    assert same.fingerprint == model.fingerprint
    weight = model.module.model.norm.weight
    with torch.no_grad():
        weight[0] += 1
    changed = TransformersModel(model.module, model.tokenizer, name="small").fingerprint
    with torch.no_grad():
        weight[0] -= 1
    assert changed != model.fingerprint


def test_the_fingerprint_follows_the_date_that_a_template_is_told(
    model: TransformersModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    dated, undated = character_tokenizer(), character_tokenizer()
    dated.chat_template, undated.chat_template = "{{ strftime_now('%d') }}", "{{ messages }}"
    one, other = (TransformersModel(model.module, t, name="chat") for t in (dated, undated))
    before = one.fingerprint, other.fingerprint
    monkeypatch.setitem(encoding.TODAY, "%d", "27")
    one, other = (TransformersModel(model.module, t, name="chat") for t in (dated, undated))
    assert one.fingerprint != before[0] and other.fingerprint == before[1]


def test_a_prompt_that_fills_the_context_is_answered_with_nothing(
    model: TransformersModel,
) -> None:
    prompts = [Prompt("x" * 128), Prompt("ab"), Prompt("x" * 120)]
    samples = {
        sample.prompt: sample
        for batch in model.batches(prompts, Sampling(n=2, max_tokens=24))
        for sample in batch
    }
    assert (samples[0].text, samples[0].finish_reason) == ("", "context")
    alone = texts(model, [Prompt("ab")], Sampling(max_tokens=24))
    assert samples[1].text == alone[0, 0]
    assert samples[2].completion_tokens <= 8  # what the context has room for


def test_a_saved_model_is_loaded_again(model: TransformersModel, tmp_path: Path) -> None:
    model.module.save_pretrained(tmp_path)
    model.tokenizer.save_pretrained(tmp_path)
    loaded = load_transformers(str(tmp_path), name="hf:saved")
    assert texts(loaded, PROMPTS, Sampling(max_tokens=8)) == texts(
        model, PROMPTS, Sampling(max_tokens=8)
    )


def test_what_cannot_be_loaded_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="there is no folder '/nowhere/at/all'"):
        load_transformers("/nowhere/at/all", name="hf:/nowhere/at/all")
