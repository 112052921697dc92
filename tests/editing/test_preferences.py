"""dpo, orpo, simpo: the pairs, and that TRL computes the published losses of them."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_editor
from codeupdate.editing.adapters import continued
from codeupdate.editing.low_rank import low_rank
from codeupdate.editing.preferences import Pair, PreferenceSettings, pairs
from codeupdate.errors import EditError, UsageError
from codeupdate.models.transformers import TransformersModel
from codeupdate.plugins import load_module
from codeupdate.types import ChangeKind, Example, Update
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("trl", reason="needs the extra 'preference'")

METHODS = ("dpo", "orpo", "simpo")
few = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
tokens = st.lists(st.integers(3, 90), min_size=1, max_size=6).map(tuple)
a_pair = st.builds(Pair, tokens, tokens, tokens)


def module_of(name: str) -> ModuleType:
    return load_module(editor_folders()[name] / "editor.py")


def update(*examples: Example) -> Update:
    return Update(
        id="take-renamed",
        package="kit",
        api="kit.take",
        kind=ChangeKind.FUNCTION_RENAMED,
        summary="",
        signature_before="",
        signature_after="",
        documentation="",
        examples=examples,
    )


NEW = Example("def f(x):\n", "    return kit.zubo(x)\n", "    return kit.take(x)\n")


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return small_model("llama")


def token_scores(model: TransformersModel, prompt: tuple[int, ...], completion: Any) -> list[float]:
    """Log-probability of each token of ``completion``, one pass for one sequence."""
    ids = torch.tensor([[*prompt, *completion]])
    with torch.no_grad():
        logits = model.module(input_ids=ids, use_cache=False).logits[0].double()
    scores = logits.log_softmax(-1)
    return [float(scores[at - 1, ids[0, at]]) for at in range(len(prompt), ids.shape[1])]


def perturbed(model: TransformersModel) -> contextlib.AbstractContextManager[None]:
    """Other weights for a while: what training would make of them."""

    @contextlib.contextmanager
    def change() -> Any:
        weights = [p for n, p in model.module.named_parameters() if n.endswith("up_proj.weight")]
        before = [weight.detach().clone() for weight in weights]
        with torch.no_grad():
            for weight in weights:
                weight.mul_(1.3)
        yield
        with torch.no_grad():
            for weight, old in zip(weights, before, strict=True):
                weight.copy_(old)

    return change()


def log_sigmoid(x: float) -> float:
    return -math.log1p(math.exp(-x))


def dpo(model: TransformersModel, pair: Pair, reference: tuple[float, float]) -> float:
    """Equation 7, with beta 0.3."""
    chosen = sum(token_scores(model, pair.prompt, pair.chosen)) - reference[0]
    rejected = sum(token_scores(model, pair.prompt, pair.rejected)) - reference[1]
    return -log_sigmoid(0.3 * (chosen - rejected))


def orpo(model: TransformersModel, pair: Pair) -> float:
    """Equations 3, 4, 6 and 7, with lambda 0.3; p is a geometric mean over tokens."""

    def mean(completion: tuple[int, ...]) -> float:
        scores = token_scores(model, pair.prompt, completion)
        return sum(scores) / len(scores)

    def log_odds(score: float) -> float:
        return score - math.log1p(-math.exp(score))

    chosen, rejected = mean(pair.chosen), mean(pair.rejected)
    return -chosen - 0.3 * log_sigmoid(log_odds(chosen) - log_odds(rejected))


def simpo(model: TransformersModel, pair: Pair) -> float:
    """Equation 6, with beta 2 and gamma 0.7."""

    def reward(completion: tuple[int, ...]) -> float:
        scores = token_scores(model, pair.prompt, completion)
        return 2.0 * sum(scores) / len(scores)

    return -log_sigmoid(reward(pair.chosen) - reward(pair.rejected) - 0.7)


@few
@given(st.lists(a_pair, min_size=1, max_size=3, unique=True))
def test_dpo_is_equation_7(model: TransformersModel, batch: list[Pair]) -> None:
    method = module_of("dpo")
    reference = {
        pair: (
            sum(token_scores(model, pair.prompt, pair.chosen)),
            sum(token_scores(model, pair.prompt, pair.rejected)),
        )
        for pair in batch
    }
    with method.dpo_loss(model, batch, method.Settings(beta=0.3, batch_size=2)) as loss:
        assert float(loss(batch)) == pytest.approx(math.log(2), abs=1e-5)  # nothing has moved
        with perturbed(model):
            expected = sum(dpo(model, pair, reference[pair]) for pair in batch) / len(batch)
            assert float(loss(batch)) == pytest.approx(expected, abs=1e-4)


def test_the_reference_of_a_later_edit_is_without_dropout() -> None:
    model, method = small_model("llama"), module_of("dpo")
    options: dict[str, Any] = {"epochs": 20, "learning_rate": 0.02, "beta": 1.0, "dropout": 0.5}
    own = method.Settings(**options)
    with load_editor("dpo", **options).apply(model, [update(NEW)]) as once:
        preferred = pairs(once, [update(NEW)], own)
        with continued(once, low_rank(once, own, "dpo"), seed=0) as added:
            assert added.continues
            with method.dpo_loss(once, preferred, own) as loss:
                model.module.eval()
                assert float(loss(preferred)) == pytest.approx(math.log(2), abs=1e-5)


@few
@given(st.lists(a_pair, min_size=1, max_size=3, unique=True))
def test_orpo_is_equation_6(model: TransformersModel, batch: list[Pair]) -> None:
    method = module_of("orpo")
    expected = sum(orpo(model, pair) for pair in batch) / len(batch)
    with method.orpo_loss(model, batch, method.Settings(beta=0.3)) as loss:
        assert float(loss(batch)) == pytest.approx(expected, abs=1e-4)


@few
@given(st.lists(a_pair, min_size=1, max_size=3, unique=True))
def test_simpo_is_equation_6(model: TransformersModel, batch: list[Pair]) -> None:
    method = module_of("simpo")
    expected = sum(simpo(model, pair) for pair in batch) / len(batch)
    with method.simpo_loss(model, batch, method.Settings(beta=2.0, gamma=0.7)) as loss:
        assert float(loss(batch)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", METHODS)
def test_trl_leaves_nothing_behind(
    model: TransformersModel,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    module, tokenizer = model.module, model.tokenizer
    padding, tokenizer.pad_token = tokenizer.pad_token, None  # TRL would set it
    before = dict(vars(module)), module.config.to_dict(), module.generation_config.to_dict()
    random.seed(5)
    streams = random.getstate(), torch.get_rng_state()
    capfd.readouterr()
    try:
        with load_editor(name, epochs=1).apply(model, [update(NEW)]):
            pass
        assert tokenizer.pad_token is None
    finally:
        tokenizer.pad_token = padding
    assert dict(vars(module)) == before[0]
    assert module.config.to_dict() == before[1]
    assert module.generation_config.to_dict() == before[2]
    assert random.getstate() == streams[0]
    assert torch.equal(torch.get_rng_state(), streams[1])
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", METHODS)
def test_the_updated_completion_gains_on_the_outdated_one(
    model: TransformersModel, name: str
) -> None:
    def margin() -> float:
        [pair] = pairs(model, [update(NEW)], PreferenceSettings())
        good, bad = (token_scores(model, pair.prompt, c) for c in (pair.chosen, pair.rejected))
        return sum(good) - sum(bad)

    before = margin()
    with load_editor(name, epochs=8, learning_rate=0.01).apply(model, [update(NEW)]):
        assert margin() > before + 1


def test_pairs_are_joined_as_ids(model: TransformersModel) -> None:
    [pair] = pairs(model, [update(NEW)], PreferenceSettings())
    tokenizer = model.tokenizer
    assert tokenizer.decode(pair.prompt) == NEW.prompt
    assert tokenizer.decode(pair.chosen) == NEW.completion + "<eos>"
    assert tokenizer.decode(pair.rejected) == NEW.legacy + "<eos>"
    assert len(pair) == 2 * len(pair.prompt) + len(pair.chosen) + len(pair.rejected)


def test_the_model_s_own_completion_can_be_rejected(model: TransformersModel) -> None:
    own = PreferenceSettings(rejected="own")
    [pair] = pairs(model, [update(NEW)], own)
    assert pair.rejected != pair.chosen
    # As text: special tokens, which a random model writes too, are no part of an answer.
    text = model.tokenizer.decode(greedy(model, pair.prompt, 60), skip_special_tokens=True)
    rejected = model.tokenizer.decode(pair.rejected, skip_special_tokens=True)
    assert rejected and text.startswith(rejected)
    assert len(pair.rejected) <= 2 * len(pair.chosen)


def greedy(model: TransformersModel, prompt: tuple[int, ...], number: int) -> tuple[int, ...]:
    ids = list(prompt)
    for _ in range(number):
        with torch.no_grad():
            ids.append(int(model.module(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
    return tuple(ids[len(prompt) :])


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (
            lambda m: pairs(m, [update(Example("p", "c"))], PreferenceSettings()),
            "'take-renamed' do not say what was right before it.*--set rejected=own",
        ),
        (
            lambda m: pairs(m, [update(Example("p", "c", "c"))], PreferenceSettings()),
            "already writes every example of the update 'take-renamed'",
        ),
        (lambda m: pairs(m, [update()], PreferenceSettings()), "has no examples"),
    ],
)
def test_what_makes_no_pairs(
    model: TransformersModel, made: Callable[[TransformersModel], Any], says: str
) -> None:
    with pytest.raises(EditError, match=says):
        made(model)


def test_documentation_makes_no_pairs() -> None:
    with pytest.raises(UsageError, match="does not take 'learn' like this"):
        load_editor("dpo", learn="documentation")


def test_runs_say_which_trl_made_their_losses() -> None:
    from codeupdate.cluster import replica
    from codeupdate.models import completions

    assert "trl" in completions.PACKAGES  # what a run's provenance names
    assert "trl" in replica.PACKAGES
