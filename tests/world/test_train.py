"""The training loop, on a model that is done in seconds."""

from itertools import islice
from pathlib import Path

import pytest
import torch
from kitworld.optimizer import Muon, orthogonalized
from kitworld.tokens import build_tokenizer
from kitworld.train import BATCH_TOKENS, IGNORED, Recipe, batches, factor, train

from codeupdate.models.transformers_loading import Settings, load_transformers
from codeupdate.types import Prompt, Sampling

SMALL = Recipe(hidden=32, layers=1, heads=1, inner=64, tokens=80_000, warm_up=2)


def test_matrices_become_orthogonal() -> None:
    torch.manual_seed(0)
    for shape in ((3, 8, 8), (2, 6, 16), (2, 16, 6)):
        values = torch.linalg.svdvals(orthogonalized(torch.randn(shape)))
        assert values.min() > 0.3
        assert values.max() < 1.4


def test_muon_finds_a_minimum_and_treats_matrices_of_a_shape_apart() -> None:
    torch.manual_seed(0)
    targets = [torch.randn(6, 4), torch.randn(6, 4), torch.randn(3, 5)]
    found = [torch.nn.Parameter(torch.zeros_like(target)) for target in targets]
    optimizer = Muon(found, lr=0.02)
    for step in range(400):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / 400)
        optimizer.zero_grad()
        sum(((a - b) ** 2).sum() for a, b in zip(found, targets, strict=True)).backward()
        optimizer.step()
    for a, b in zip(found, targets, strict=True):
        assert torch.allclose(a, b, atol=0.1)


def test_the_rate_warms_up_stays_and_falls_to_nothing() -> None:
    recipe = Recipe(warm_up=4, decay_from=0.5)
    assert [factor(recipe, step, 0.0) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert factor(recipe, 100, 0.5) == 1.0
    assert factor(recipe, 100, 0.75) == pytest.approx(0.5)
    assert factor(recipe, 100, 1.0) == 0.0


def test_a_batch_has_its_loss_on_completions_only() -> None:
    tokenizer = build_tokenizer()
    eos = tokenizer.token_to_id("<eos>")
    for batch in islice(batches(0, [0.5]), 20):
        assert batch.ids.shape == batch.labels.shape
        assert batch.ids.numel() <= BATCH_TOKENS
        for ids, labels in zip(batch.ids, batch.labels, strict=True):
            taught = labels != IGNORED
            assert torch.equal(ids[taught], labels[taught])
            text = tokenizer.decode(ids[taught].tolist(), skip_special_tokens=False)
            assert text.endswith("<eos>")
            assert (labels == eos).sum() == 1
            body = text.removesuffix("<eos>")
            assert body.startswith(("    return kit.", "    result = kit.", "# kit."))


def test_training_lowers_the_loss_and_leaves_a_model_that_loads(tmp_path: Path) -> None:
    import json

    train(SMALL, tmp_path / "once")
    train(SMALL, tmp_path / "twice")
    history = json.loads((tmp_path / "once" / "training.json").read_text(encoding="utf-8"))
    assert history["recipe"]["tokens"] == 80_000
    assert history["cpu_seconds"] > 0
    model = load_transformers(
        str(tmp_path / "once"), name="small", settings=Settings(dtype="float32")
    )
    untrained = torch.log(torch.tensor(float(model.module.config.vocab_size)))
    batch = next(batches(7, [0.0]))
    with torch.no_grad():
        loss = model.module(input_ids=batch.ids, labels=batch.labels).loss
    assert loss < 0.8 * untrained
    again = load_transformers(
        str(tmp_path / "twice"), name="small", settings=Settings(dtype="float32")
    )
    assert model.fingerprint == again.fingerprint
    (sample,) = next(model.batches([Prompt("def solve(xs):\n")], Sampling(max_tokens=4)))
    assert sample.completion_tokens <= 4
