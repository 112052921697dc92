"""GRACE: what lies near a key is answered with its value, everything else is untouched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_edit, load_editor
from codeupdate.errors import EditError
from codeupdate.plugins import load_module
from codeupdate.types import Prompt, Sampling
from tests.editing.test_contract import FIRST, SECOND, answers
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
grace: Any = load_module(editor_folders()["grace"] / "editor.py")
QUICK: dict[str, Any] = {"steps": 10}

seeds = st.integers(0, 2**32 - 1)
quick = settings(deadline=None, max_examples=40)


def random(seed: int, *shape: int) -> Any:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def empty(inputs: int, outputs: int) -> Any:
    nothing = torch.empty
    return grace.Codebook(
        nothing(0, inputs), nothing(0, outputs), nothing(0), nothing(0, dtype=torch.long)
    )


def codebook(seed: int, entries: int = 5) -> Any:
    return grace.Codebook(
        random(seed, entries, 4),
        random(seed + 1, entries, 3),
        random(seed + 2, entries).abs(),
        torch.arange(entries),
    )


@quick
@given(seeds)
def test_an_activation_outside_all_radii_passes_bit_for_bit(seed: int) -> None:
    book, inputs, output = codebook(seed), random(seed + 3, 2, 7, 4), random(seed + 4, 2, 7, 3)
    found = grace.read(book, inputs, output)
    distances = (inputs[:, :, None].double() - book.keys.double()).norm(dim=-1)  # (2, 7, entries)
    near, owner = distances.min(-1)
    inside = near <= book.radii[owner]
    assert torch.equal(found[~inside], output[~inside])
    assert torch.equal(found[inside], book.values[owner[inside]])


@quick
@given(seeds, st.integers(0, 4))
def test_at_a_key_the_answer_is_exactly_its_value(seed: int, entry: int) -> None:
    book = codebook(seed)
    found = grace.read(book, book.keys[entry][None, None], torch.zeros(1, 1, 3))
    assert torch.equal(found[0, 0], book.values[entry])


def test_an_empty_codebook_answers_nothing() -> None:
    output = random(0, 1, 2, 3)
    assert grace.read(empty(4, 3), random(1, 1, 2, 4), output) is output


@quick
@given(seeds, st.lists(st.integers(0, 2), min_size=1, max_size=12))
def test_what_was_learned_last_has_its_label_and_radii_of_others_do_not_reach_it(
    seed: int, labels: list[int]
) -> None:
    book = empty(4, 3)
    for step, label in enumerate(labels):
        key = random(seed + step, 4)
        book = grace.learn(book, key, torch.zeros(3), label, 1.0)
        distance, owner = book.nearest(key[None])
        assert int(book.labels[owner]) == label
        assert float(distance) <= float(book.radii[owner])
    assert len(book.keys) == len(book.values) == len(book.radii) == len(book.labels)


@quick
@given(seeds, st.floats(0.1, 3.9), st.floats(0.5, 2.0))
def test_the_rules_for_a_second_key(seed: int, distance: float, radius: float) -> None:
    """Far: a new entry. Near with its label: the radius grows. Near with another: both halve."""
    key, value = random(seed, 4).double().float(), torch.zeros(3)
    direction = random(seed + 1, 4)
    other = key + distance * direction / direction.norm()
    first = grace.learn(empty(4, 3), key, value, 7, radius)
    apart = float((key - other).norm())
    same, conflict = (grace.learn(first, other, value, label, radius) for label in (7, 8))
    if apart > 2 * radius:
        for found in (same, conflict):
            assert found.radii.tolist() == pytest.approx([radius, radius])
        return
    assert same.labels.tolist() == [7]
    assert float(same.radii[0]) == pytest.approx(max(radius, apart), rel=2e-3)
    assert conflict.labels.tolist() == [7, 8]
    assert float(conflict.radii[1]) == pytest.approx(apart / 2, rel=2e-3)
    assert float(conflict.radii[0]) == pytest.approx(min(radius, apart / 2), rel=2e-3)
    assert float(conflict.radii.sum()) < apart  # no activation is within both


def completions(model: Any, texts: list[str], *, cached: bool = True) -> list[str]:
    """Greedy, with the cache and in one batch, or anew for every token and one by one."""
    if cached:
        asked = [Prompt(text) for text in texts]
        batches = model.batches(asked, Sampling(max_tokens=12))
        samples = sorted((s for batch in batches for s in batch), key=lambda sample: sample.prompt)
        return [sample.text for sample in samples]
    found = []
    for text in texts:
        ids = model.encode(Prompt(text))
        start = len(ids)
        for _ in range(12):
            with torch.inference_mode():
                logits = model.module(input_ids=torch.tensor([ids]), use_cache=False).logits
            ids.append(int(logits[0, -1].argmax()))
            if ids[-1] == model.tokenizer.eos_token_id:
                ids.pop()
                break
        found.append(model.tokenizer.decode(ids[start:], skip_special_tokens=True))
    return found


TEXTS = ["def f(x):\n", "def h(y):\n", "abc", "def other(a, b):\n    return a"]


@pytest.mark.parametrize("name", ["grace", "wise"])
def test_generation_is_the_same_with_and_without_a_cache_in_batches_and_alone(name: str) -> None:
    model = small_model("llama")
    quick: dict[str, Any] = {"steps": 10}
    if name == "wise":
        quick |= {"learning_rate": 0.05, "mask": 1.0, "alpha": 1, "beta": 4, "gamma": 2}
    before = completions(model, TEXTS)
    with load_editor(name, **quick).apply(model, [FIRST]) as edited:
        heard = completions(edited, TEXTS)
        assert heard != before
        assert completions(edited, TEXTS, cached=False) == heard
        assert [completions(edited, [text])[0] for text in TEXTS] == heard
        drawn = Sampling(n=3, temperature=1.0, max_tokens=8, seed=1)
        together = [s.text for b in edited.batches([Prompt(t) for t in TEXTS], drawn) for s in b]
        assert len(together) == 3 * len(TEXTS)  # the cache's rows are repeated for samples


def test_an_edited_prompt_is_completed_as_taught_and_far_ones_are_untouched() -> None:
    model = small_model("llama")
    far = ["abc", "class A: pass", "zzz zzz"]
    before = answers(model, far)
    with load_editor("grace", steps=60, radius=0.01).apply(model, [FIRST]) as edited:
        [taught] = edited.batches([Prompt(FIRST.examples[0].prompt)], Sampling(max_tokens=23))
        assert taught[0].text == FIRST.examples[0].completion
        assert answers(edited, far) == before
        assert edited.cost.parameters % (64 + 32 + 2) == 0  # a key, a value, a radius, a label


def test_a_second_edit_extends_the_codebook_and_costs_what_it_adds() -> None:
    model = small_model("llama")
    editor = load_editor("grace", **QUICK)
    with editor.apply(model, [FIRST]) as once:
        book = once.change.carry.state  # type: ignore[attr-defined]
        with editor.apply(once, [SECOND]) as twice:
            both = twice.change.carry.state  # type: ignore[attr-defined]
            added = len(both.keys) - len(book.keys)
            assert torch.equal(both.keys[: len(book.keys)], book.keys)
            assert torch.equal(both.values[: len(book.keys)], book.values)
            assert twice.cost.parameters == added * (64 + 32 + 2)
        assert once.change.carry.state is book  # type: ignore[attr-defined]


def test_a_nested_edit_at_another_layer_is_refused() -> None:
    model = small_model("llama")
    with (
        load_editor("grace", depth=0.0, **QUICK).apply(model, [FIRST]) as once,
        pytest.raises(EditError, match="use the same depth"),
        load_editor("grace", depth=0.9, **QUICK).apply(once, [SECOND]),
    ):
        pass


def test_what_a_sequence_saved_holds_all_of_it(tmp_path: Path) -> None:
    model = small_model("llama")
    editor = load_editor("grace", **QUICK)
    with editor.apply(model, [FIRST]) as once, editor.apply(once, [SECOND]) as twice:
        heard, fingerprint = answers(twice, TEXTS), twice.fingerprint
        twice.save(tmp_path)
    with load_edit(model, tmp_path) as again:
        assert answers(again, TEXTS) == heard
        assert again.fingerprint == fingerprint
    other = small_model("qwen2")
    with pytest.raises(EditError, match="made on another model"), load_edit(other, tmp_path):
        pass
