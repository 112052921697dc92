"""conpet and conpet-dynamic: one adapter that replays, and several that are routed to."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_editor
from codeupdate.editing.low_rank import LowRankSettings, learned_apart
from codeupdate.editing.routing import features, routed
from codeupdate.editing.training import tokenized
from codeupdate.errors import EditError
from codeupdate.models.transformers import TransformersModel
from codeupdate.plugins import load_module
from codeupdate.types import Example, Prompt, Sampling
from tests.editing.test_contract import FIRST, REPLAY, SECOND, answers, same, state
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

QUICK: dict[str, Any] = {"epochs": 2, "learning_rate": 0.05}
PROMPTS = ("def f(x):\n", "abc", "def f(x, y, z):\n")


def method(name: str) -> ModuleType:
    return load_module(editor_folders()[name] / "editor.py")


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return small_model("llama")


def lora_state(model: TransformersModel) -> dict[str, Any]:
    return {name: value for name, value in state(model).items() if "lora_" in name}


# ----------------------------------------------------------------------- static


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(1, 30), st.floats(0, 3), st.integers(0, 5))
def test_replay_is_bounded_by_what_is_new(known: int, new: int, old: float, seed: int) -> None:
    conpet = method("conpet")
    memory = [Example(str(number), "") for number in range(known)]
    drawn = conpet.recalled(memory, new, conpet.Settings(old=old, seed=seed))
    assert len(drawn) == min(round(old * new), known)
    assert len(set(drawn)) == len(drawn)
    assert set(drawn) <= set(memory)
    assert drawn == conpet.recalled(memory, new, conpet.Settings(old=old, seed=seed))


def test_one_adapter_goes_on_learning_and_comes_back(model: TransformersModel) -> None:
    editor = load_editor("conpet", **QUICK)
    # An example each, of equal length: tokens count examples.
    one, other = (replace(update, examples=update.examples[:1]) for update in (FIRST, SECOND))
    with editor.apply(model, [one]) as first:
        after_first = lora_state(model)
        cost = first.cost
        with editor.apply(first, [other]) as second:
            assert lora_state(model).keys() == after_first.keys()  # no second adapter
            assert not same(after_first, lora_state(model))
            assert second.cost.tokens == 2 * cost.tokens  # as many old examples as new ones
            with editor.apply(second, [one]) as third:
                assert third.cost.tokens == 2 * cost.tokens  # and no more with every update
        assert same(after_first, lora_state(model))
        with pytest.raises(ZeroDivisionError), editor.apply(first, [other]):
            raise ZeroDivisionError
        assert same(after_first, lora_state(model))
    assert not lora_state(model)


@pytest.mark.parametrize(
    ("name", "other", "says"),
    [
        ("conpet", {"rank": 2}, "use the same rank, alpha, dropout and targets"),
        ("conpet", {"alpha": 3}, "use the same rank, alpha, dropout and targets"),
        ("conpet", {"targets": "mlp"}, "use the same rank, alpha, dropout and targets"),
        ("conpet-dynamic", {"targets": "mlp"}, "targets=mlp names; use the same targets"),
    ],
)
def test_other_settings_do_not_silently_go_on_with_the_first(
    model: TransformersModel, name: str, other: dict[str, object], says: str
) -> None:
    before = state(model)
    first = load_editor(name, targets="attention", **QUICK)
    with first.apply(model, [FIRST], REPLAY) as one:
        grown = state(model)
        second = load_editor(name, **{"targets": "attention", **QUICK, **other})
        with pytest.raises(EditError, match=says), second.apply(one, [SECOND], REPLAY):
            pass
        assert same(grown, state(model))
        longer = load_editor(name, **{**QUICK, "epochs": 3}, targets="attention")
        with longer.apply(one, [SECOND], REPLAY) as two:
            assert two.cost.tokens > 0
    assert same(before, state(model))


def test_alone_it_is_lora(model: TransformersModel) -> None:
    seen = []
    for name in ("conpet", "lora"):
        with load_editor(name, alpha=16, targets="all", dropout=0.0, **QUICK).apply(model, [FIRST]):
            seen.append(lora_state(model))
    assert same(*seen)


def test_only_so_many_examples_are_kept() -> None:
    conpet = method("conpet")
    many = replace(FIRST, examples=tuple(Example(str(n), "x") for n in range(9)))
    assert [e.prompt for e in conpet.remembered([many, FIRST], conpet.Settings(kept=3))] == [
        *"012",
        *(example.prompt for example in FIRST.examples),
    ]


# ---------------------------------------------------------------------- dynamic


def asked(model: Any, prompts: tuple[str, ...], n: int = 1) -> dict[tuple[str, int], str]:
    sampling = Sampling(n=n, temperature=0.7 if n > 1 else 0, max_tokens=12)
    return {
        (prompts[sample.prompt], sample.index): sample.text
        for batch in model.batches([Prompt(text) for text in prompts], sampling)
        for sample in batch
    }


@pytest.mark.parametrize("n", [1, 3])
def test_each_prompt_of_a_batch_has_its_own_adapter(model: TransformersModel, n: int) -> None:
    """As if each were asked alone of a model with just that adapter."""
    chosen = LowRankSettings(**QUICK)
    deltas = [
        learned_apart(model, update.examples, chosen, "test")[0] for update in (FIRST, SECOND)
    ]
    shares = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    seen = features(model, tokenized(model, [Example(text, "") for text in PROMPTS]))

    def choose(given: Any) -> Any:
        places = torch.cdist(given, seen).argmin(-1)
        assert float(torch.cdist(given, seen).amin(-1).max()) < 1e-3  # padding moves nothing
        return shares[places]

    with routed(model, list(deltas[0])) as router:
        with router.set(deltas, choose):
            found = asked(model, PROMPTS, n)
        alone: dict[tuple[str, int], str] = {}
        for text, row in zip(PROMPTS, shares, strict=True):
            with router.set(deltas, lambda given, row=row: row.expand(len(given), 2)):
                alone |= asked(model, (text,), n)
        assert found == alone
        assert found != asked(model, PROMPTS, n)  # set to nothing, it is the model itself
    weights = state(model)
    name, delta = next(iter(deltas[0].items()))
    inputs = torch.randn(2, 3, delta.right.shape[1])
    with routed(model, [name]) as router, router.set([deltas[0]], lambda _: torch.ones(2, 1)):
        model.module(input_ids=torch.ones(2, 3, dtype=torch.long))
        moved = model.module.get_submodule(name)(inputs)
    expected = inputs @ (model.module.get_submodule(name).weight + delta.whole()).T
    torch.testing.assert_close(moved, expected, rtol=1e-4, atol=1e-4)
    assert same(weights, state(model))


def experts(*clusters: Any, unrelated: Any) -> Any:
    return method("conpet-dynamic").Experts(tuple({} for _ in clusters), unrelated, clusters)


def cluster(center: float, number: int = 8) -> Any:
    return torch.full((number, 4), center) + torch.linspace(-0.1, 0.1, number)[:, None]


def test_the_selector_finds_the_update_or_none() -> None:
    dynamic = method("conpet-dynamic")
    known = experts(cluster(1.0), cluster(3.0), unrelated=cluster(-2.0))
    choose, numbers = dynamic.selector(known, dynamic.Settings())
    assert numbers == 3 * 4 + 3
    prompts = torch.tensor([[1.0] * 4, [3.0] * 4, [-2.0] * 4])
    assert choose(prompts).tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    both, _ = dynamic.selector(known, dynamic.Settings(top_k=2))
    shares = both(prompts)
    assert bool((shares >= 0).all()) and bool((shares.sum(-1) <= 1 + 1e-6).all())
    assert bool(((shares > 0).sum(-1) <= 2).all())
    assert shares[0, 0] > 0.5 and shares[1, 1] > 0.5 and shares[2].sum() < 0.5


def test_without_unrelated_prompts_every_prompt_gets_an_adapter() -> None:
    dynamic = method("conpet-dynamic")
    known = experts(cluster(1.0), cluster(3.0), unrelated=torch.zeros(0, 4))
    for top_k in (1, 2):
        choose, _ = dynamic.selector(known, dynamic.Settings(top_k=top_k))
        shares = choose(torch.randn(5, 4))
        assert shares.sum(-1).tolist() == pytest.approx([1.0] * 5)


def test_a_sequence_trains_one_adapter_an_update_and_restores(model: TransformersModel) -> None:
    editor = load_editor("conpet-dynamic", replay=1, **QUICK)
    before, said = state(model), answers(model)
    with editor.apply(model, [FIRST, SECOND], REPLAY) as together:
        heard, tokens = answers(together), together.cost.tokens
    with editor.apply(model, [FIRST], REPLAY) as first:
        once = answers(first)
        with editor.apply(first, [SECOND], REPLAY) as second:
            assert answers(second) == heard
            assert second.cost.tokens + first.cost.tokens == tokens
            assert second.cost.tokens < tokens
            # An adapter of the same size, and a selector with one class more.
            assert second.cost.parameters - first.cost.parameters == 32 + 1
        assert answers(first) == once
        with (
            pytest.raises(EditError, match="has no examples"),
            editor.apply(first, [replace(SECOND, examples=())], REPLAY),
        ):
            pass
        assert answers(first) == once
    assert answers(model) == said
    assert same(before, state(model))
