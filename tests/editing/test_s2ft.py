"""S2FT: which columns change, and that their gradient is that of the whole weight."""

from __future__ import annotations

import pytest

from codeupdate.editing import load_editor
from codeupdate.editing.projections import attention_outputs, mlp_outputs
from codeupdate.editing.training import likelihood, tokenized
from codeupdate.errors import UsageError
from tests.editing.method import UPDATE, code_of, state_of
from tests.small_models import FAMILIES, small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

s2ft = code_of("s2ft")


@pytest.mark.parametrize("family", FAMILIES)
def test_whole_heads_and_single_channels_change_and_nothing_else(family: str) -> None:
    model = small_model(family)
    before = state_of(model)
    attention = {f"{name}.weight" for name in attention_outputs(model)}
    mlp = {f"{name}.weight" for name in mlp_outputs(model)}
    editor = load_editor("s2ft", heads=0.25, channels=0.1, learning_rate=0.01, epochs=3)
    heads = channels = 0
    with editor.apply(model, [UPDATE]) as edited:
        for name, value in model.module.state_dict().items():
            columns = (value != before[name]).any(0) if value.ndim == 2 else value != before[name]
            if name in attention:
                by_head = columns.view(4, -1)
                assert torch.equal(by_head.all(1), by_head.any(1))
                heads += int(by_head.all(1).sum())
            elif name in mlp:
                channels += int(columns.sum())
            else:
                assert not columns.any(), name
        assert (heads, channels) == (2, round(0.1 * 2 * 64))
        assert edited.cost.parameters == 32 * (heads * 8 + channels)


def test_the_gradient_is_that_of_the_columns_of_the_whole_weight() -> None:
    model = small_model("llama")
    module = model.module.double()
    rows = tokenized(model, UPDATE.examples)
    layer = module.get_submodule(mlp_outputs(model)[0])
    columns = torch.tensor([3, 4, 50])
    with s2ft.trainable(layer, columns) as change:
        likelihood(module)(rows).backward()
    torch.testing.assert_close(
        change.grad.double(), layer.weight.grad[:, columns], rtol=1e-4, atol=1e-7
    )
    assert not layer._forward_hooks


def test_another_seed_selects_others() -> None:
    model = small_model("llama")
    seen = {
        str([columns.tolist() for _, columns in s2ft.selection(model, s2ft.Settings(seed=seed))])
        for seed in range(5)
    }
    assert len(seen) > 1


def test_nothing_selected_is_refused() -> None:
    with pytest.raises(UsageError, match="'channels' like this: value error, with heads 0 too"):
        load_editor("s2ft", heads=0, channels=0)
