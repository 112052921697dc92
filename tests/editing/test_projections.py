"""Which layers of a decoder are found, and which are not taken for something else."""

from __future__ import annotations

from typing import Any

import pytest

from codeupdate.editing import load_editor
from codeupdate.editing.projections import blocks, linear_projections, mlp_outputs
from codeupdate.errors import EditError
from codeupdate.models.transformers import TransformersModel
from tests.editing.method import UPDATE
from tests.editing.test_contract import QUICK
from tests.small_models import CHARACTERS, character_tokenizer

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
transformers = pytest.importorskip("transformers", reason="needs the extra 'transformers'")

MIXTURES = ("mixtral", "qwen2_moe", "qwen3_moe")
SIZES: dict[str, Any] = {
    "vocab_size": len(CHARACTERS) + 3,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "bos_token_id": None,
    "eos_token_id": 1,
    "pad_token_id": 0,
}


def random_model(family: str, **more: Any) -> TransformersModel:
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(family, **SIZES, **more)
    module = transformers.AutoModelForCausalLM.from_config(config)
    return TransformersModel(module, character_tokenizer(), name=family)


def mixture(family: str) -> TransformersModel:
    experts = {"num_local_experts": 4} if family == "mixtral" else {"num_experts": 4}
    sizes = {"intermediate_size": 64, "moe_intermediate_size": 16, "head_dim": 8}
    if family == "qwen2_moe":
        sizes["shared_expert_intermediate_size"] = 16
    return random_model(family, num_experts_per_tok=2, **experts, **sizes)


@pytest.mark.parametrize("which", ["attention", "query-value"])
@pytest.mark.parametrize("family", MIXTURES)
def test_the_attention_of_a_mixture_of_experts_is_found(family: str, which: Any) -> None:
    model = mixture(family)
    names = linear_projections(model, which)
    assert len(names) == 2 * (4 if which == "attention" else 2)
    assert all("self_attn" in name for name in names)


@pytest.mark.parametrize("which", ["all", "mlp"])
@pytest.mark.parametrize("family", MIXTURES)
def test_its_experts_and_its_router_are_not_taken_for_layers(family: str, which: Any) -> None:
    says = rf"'{family}' is a mixture of experts.*'model\.layers\.0\.mlp\.experts\.\w+_proj'"
    with pytest.raises(EditError, match=says):
        linear_projections(mixture(family), which)


@pytest.mark.parametrize("family", MIXTURES)
def test_a_shared_expert_is_not_taken_for_the_mlp(family: str) -> None:
    with pytest.raises(EditError, match=r"is a mixture of experts .*targets=attention"):
        mlp_outputs(mixture(family))


@pytest.mark.parametrize("editor", ["rome", "memit", "alphaedit", "grace", "wise", "s2ft"])
def test_methods_for_one_mlp_a_block_refuse_it(editor: str) -> None:
    with (
        pytest.raises(EditError, match="'qwen2_moe' is a mixture of experts"),
        load_editor(editor, **QUICK[editor]).apply(mixture("qwen2_moe"), [UPDATE]),
    ):
        pass


@pytest.mark.parametrize("family", MIXTURES)
def test_an_adapter_at_its_attention_trains(family: str) -> None:
    pytest.importorskip("peft", reason="needs the extra 'training'")
    model = mixture(family)
    with load_editor("lora", epochs=1, targets="attention").apply(model, [UPDATE]) as edited:
        adapted = {
            name.partition(".lora_")[0]
            for name, _ in model.module.named_parameters()
            if ".lora_" in name
        }
        assert len(adapted) == 8 and edited.cost.parameters > 0


def test_the_other_way_round_is_a_layer_too() -> None:
    """GPT-2 keeps its weights transposed, in layers of another class."""
    names = linear_projections(random_model("gpt2", n_inner=64), "all")
    assert [name.rpartition(".h.")[2] for name in names[:4]] == [
        *("0.attn.c_attn", "0.attn.c_proj", "0.mlp.c_fc", "0.mlp.c_proj"),
    ]


def test_a_list_of_experts_is_not_taken_for_the_blocks() -> None:
    class Block(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.experts = torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(8))

    class Decoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList(Block() for _ in range(3))

    model: Any = type("Model", (), {"module": Decoder(), "name": "model"})()
    assert blocks(model) == ["layers.0", "layers.1", "layers.2"]


def test_the_kernel_of_a_convolution_is_no_expert() -> None:
    class Block(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = torch.nn.Conv1d(4, 4, 3)
            self.projection = torch.nn.Linear(4, 8)

    module = torch.nn.Module()
    module.layers = torch.nn.ModuleList(Block() for _ in range(3))
    model: Any = type("Model", (), {"module": module, "name": "model"})()
    assert linear_projections(model, "all") == [f"layers.{n}.projection" for n in range(3)]
