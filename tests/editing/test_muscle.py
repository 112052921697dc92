"""muscle: the objective against a direct computation, and without its weight it is lora."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_editor
from codeupdate.editing.adapters import adapter
from codeupdate.editing.low_rank import LowRankSettings, low_rank
from codeupdate.editing.training import Tokens, tokenized
from codeupdate.models.transformers import TransformersModel
from codeupdate.plugins import load_module
from codeupdate.types import Example
from tests.editing.test_contract import FIRST, REPLAY, answers, same, state
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

QUICK: dict[str, Any] = {"epochs": 2, "learning_rate": 0.05}


def muscle() -> ModuleType:
    return load_module(editor_folders()["muscle"] / "editor.py")


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return small_model("llama")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 99), st.floats(0.5, 4))
def test_divergence_is_that_of_kullback_and_leibler(seed: int, temperature: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    old, new = torch.randn(2, 5, 7, generator=generator, dtype=torch.float64)
    apart = muscle().divergence(old, new, temperature)
    p = (old / temperature).softmax(-1)
    q = (new / temperature).softmax(-1)
    expected = [
        temperature**2 * sum(float(a * (a / b).log()) for a, b in zip(x, y, strict=True))
        for x, y in zip(p, q, strict=True)
    ]
    assert apart.tolist() == pytest.approx(expected)
    assert float(muscle().divergence(old, old, temperature).abs().max()) < 1e-12


def test_who_follows_the_old_model() -> None:
    labels = torch.tensor([0, 0, 0, 0])
    right, wrong = [5.0, 0.0], [0.0, 5.0]
    old = torch.tensor([right, right, wrong, wrong])
    new = torch.tensor([right, wrong, right, wrong])
    follows = muscle().follows
    assert follows(old, new, labels, "right").tolist() == [True, True, False, False]
    assert follows(old, new, labels, "regressed").tolist() == [False, True, False, False]


@pytest.mark.parametrize("follow", ["right", "regressed"])
def test_the_objective_token_by_token(model: TransformersModel, follow: str) -> None:
    method = muscle()
    chosen = method.Settings(weight=0.7, temperature=2.0, follow=follow)
    rows = [*tokenized(model, [*FIRST.examples, *REPLAY]), *expected_rows(model)]
    with adapter(model.module, low_rank(model, LowRankSettings(), "muscle"), seed=0) as added:
        before = [logits(model, row) for row in rows]
        with torch.no_grad():
            for parameter in added.parameters:
                parameter.add_(0.05)
        after = [logits(model, row) for row in rows]
        found = method.compatibility(model, added, chosen)(rows).item()
        with added.off():
            assert all(
                torch.equal(logits(model, row), old) for row, old in zip(rows, before, strict=True)
            )
    terms, followed = [], 0
    for row, old, new in zip(rows, before, after, strict=True):
        for at in range(row.prompt, len(row)):
            label, was, now = row.ids[at], old[at - 1], new[at - 1]
            term = -float(now.log_softmax(-1)[label])
            right, wrong = int(was.argmax()) == label, int(now.argmax()) != label
            if right and (wrong or follow == "right"):
                p, q = (was / 2).log_softmax(-1), (now / 2).log_softmax(-1)
                term += 0.7 * 4 * float((p.exp() * (p - q)).sum())
                followed += 1
            terms.append(term)
    assert followed > 0  # else the test would show nothing
    assert found == pytest.approx(sum(terms) / len(terms), rel=1e-4)


def expected_rows(model: TransformersModel) -> list[Tokens]:
    """Rows that the model has right from beginning to end."""
    ids = [10, 20, 30]
    for _ in range(12):
        ids.append(int(logits(model, Tokens(tuple(ids), 1))[-1].argmax()))
    return [Tokens(tuple(ids), 3)]


def logits(model: TransformersModel, row: Tokens) -> Any:
    with torch.no_grad():
        return model.module(input_ids=torch.tensor([row.ids]), use_cache=False).logits[0].double()


def test_without_weight_it_is_lora(model: TransformersModel) -> None:
    same_as = {**QUICK, "rank": 4, "alpha": 16, "targets": "all", "dropout": 0.0, "replay": 1}
    [said] = answers(model, ["def g():\n"])
    replay = [Example("def g():\n", said)]  # what the old model has right
    seen = []
    for name, more in (("muscle", {"weight": 0.0}), ("lora", {})):
        with load_editor(name, **same_as, **more).apply(model, [FIRST], replay) as edited:
            adapters = {k: v for k, v in state(model).items() if "lora_" in k}
            seen.append((adapters, answers(edited)))
    assert same(seen[0][0], seen[1][0])
    assert seen[0][1] == seen[1][1]
    with load_editor("muscle", **same_as, weight=5.0).apply(model, [FIRST], replay):
        assert not same(seen[0][0], {k: v for k, v in state(model).items() if "lora_" in k})
