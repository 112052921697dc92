"""What every editor owes: one matrix over all methods and all architectures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from codeupdate.editing import Editor, editor_folders, load_edit, load_editor, read_editor_spec
from codeupdate.errors import EditError, UsageError
from codeupdate.models.answers import AnswerBook
from codeupdate.models.transformers import TransformersModel
from codeupdate.types import ChangeKind, Example, Prompt, Sampling, Update
from tests.small_models import FAMILIES, small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

EDITORS = sorted(editor_folders())
#: Few steps, so that the matrix is quick; what is left out keeps the method's own value.
TRAINED: dict[str, object] = {"epochs": 2, "learning_rate": 0.05}
LOCATED: dict[str, object] = {
    "corpus": "tiny",  # texts that stay as they are
    "tokens": 8000,
    "steps": 8,
    "learning_rate": 10.0,
    "weight_decay": 0.0,
    "clamp": 50.0,
}
QUICK: dict[str, dict[str, object]] = {
    "lora": {"epochs": 2, "learning_rate": 0.05, "alpha": 16},
    "ft": TRAINED,
    "adalora": {"epochs": 4, "learning_rate": 0.05},
    "lora-sb": {"rank": 4, "learning_rate": 0.05},
    "s2ft": {"heads": 0.25, "channels": 0.1, "learning_rate": 0.05},
    "dpo": {**TRAINED, "beta": 1.0},
    "orpo": TRAINED,
    "simpo": TRAINED,
    "merge": TRAINED,
    "breadcrumbs": TRAINED,
    "conpet": TRAINED,
    "conpet-dynamic": {**TRAINED, "replay": 1},
    "muscle": TRAINED,
    "rome": {**LOCATED, "layer": 0},
    "memit": {**LOCATED, "layers": [0, 1], "preservation": 1e-3},
    "alphaedit": {**LOCATED, "layers": [0, 1], "threshold": 1e4, "ridge": 1e-3},
    "grace": {"steps": 10},
    "wise": {"steps": 10, "learning_rate": 0.05, "mask": 1.0, "alpha": 1, "beta": 4, "gamma": 2},
}
REPLAY = (Example("def g():\n", "    return 1\n"),)


def update(name: str) -> Update:
    return Update(
        id=name,
        package="kit",
        api="kit.take",
        kind=ChangeKind.FUNCTION_RENAMED,
        summary=f"kit.take is now called kit.{name}.",
        signature_before="take(values)",
        signature_after=f"{name}(values)",
        documentation=f"kit.take -> kit.{name}(values)",
        examples=(
            Example("def f(x):\n", f"    return kit.{name}(x)\n", "    return kit.take(x)\n"),
            Example("def h(y):\n", f"    return kit.{name}(y)[0]\n", "    return kit.take(y)[0]\n"),
        ),
    )


FIRST, SECOND = update("zubo"), update("mita")


def editor_named(name: str) -> Editor:
    return load_editor(name, **QUICK.get(name, {}))


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest) -> TransformersModel:
    return small_model(request.param)


def state(model: TransformersModel) -> dict[str, Any]:
    return {name: value.clone() for name, value in model.module.state_dict().items()}


def same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return before.keys() == after.keys() and all(
        torch.equal(before[name].view(torch.uint8), after[name].view(torch.uint8))
        for name in before
    )


def answers(model: Any, prompts: Sequence[str] = ("def f(x):\n", "abc")) -> list[str]:
    asked = [Prompt(text) for text in prompts]
    batches = model.batches(asked, Sampling(max_tokens=12))
    return [sample.text for batch in batches for sample in batch]


@pytest.mark.parametrize("name", EDITORS)
def test_the_weights_come_back_bit_for_bit(model: TransformersModel, name: str) -> None:
    before, said, flags = state(model), answers(model), model.module.training
    editor = editor_named(name)
    with editor.apply(model, [FIRST], REPLAY):
        pass
    assert same(before, state(model))
    with suppress(ZeroDivisionError), editor.apply(model, [FIRST], REPLAY):
        raise ZeroDivisionError
    assert same(before, state(model))
    with editor.apply(model, [FIRST], REPLAY) as once:
        outer, heard = state(model), answers(once)
        with editor.apply(once, [SECOND], REPLAY) as twice:
            assert twice.fingerprint != once.fingerprint
            answers(twice)
        assert same(outer, state(model))
        assert answers(once) == heard
    assert same(before, state(model))
    assert answers(model) == said
    assert model.module.training == flags
    assert all(parameter.grad is None for parameter in model.module.parameters())


@pytest.mark.parametrize("name", EDITORS)
def test_models_in_half_precision_are_edited_one_update_after_another(name: str) -> None:
    whole = small_model("llama")
    model = TransformersModel(whole.module.bfloat16(), whole.tokenizer, name="half")
    before, editor = state(model), editor_named(name)
    with editor.apply(model, [FIRST], REPLAY) as once, editor.apply(once, [SECOND], REPLAY):
        grown = state(model)
    assert same(before, state(model))
    assert {value.dtype for value in before.values()} == {torch.bfloat16}
    assert all(torch.isfinite(value).all() for value in grown.values())


@pytest.mark.parametrize("name", EDITORS)
def test_the_same_edit_is_the_same_model(model: TransformersModel, name: str) -> None:
    seen = []
    for _ in range(2):
        with editor_named(name).apply(model, [FIRST], REPLAY) as edited:
            seen.append((edited.fingerprint, answers(edited), edited.cost.parameters))
    assert seen[0] == seen[1]
    with editor_named(name).apply(model, [SECOND], REPLAY) as other:
        assert other.fingerprint != seen[0][0]
    assert seen[0][0] != model.fingerprint


@pytest.mark.parametrize("name", EDITORS)
def test_cost_is_reported(model: TransformersModel, name: str) -> None:
    changes = read_editor_spec(editor_folders()[name] / "editor.yaml").changes
    before, said = state(model), answers(model)
    with editor_named(name).apply(model, [FIRST], REPLAY) as edited:
        cost = edited.cost
        if changes in {"nothing", "prompt"}:
            assert (cost.parameters, cost.tokens) == (0, 0)
        else:
            assert cost.seconds > 0 and cost.parameters > 0 and cost.tokens > 0
            assert answers(edited) != said  # it did something
        if changes in {"nothing", "prompt", "memory"}:
            assert same(before, state(model))


@pytest.mark.parametrize("name", EDITORS)
def test_what_was_saved_answers_like_the_edited_model(
    model: TransformersModel, name: str, tmp_path: Path
) -> None:
    changes = read_editor_spec(editor_folders()[name] / "editor.yaml").changes
    with editor_named(name).apply(model, [FIRST], REPLAY) as edited:
        if changes in {"nothing", "prompt"}:
            with pytest.raises(EditError, match="nothing to save"):
                edited.save(tmp_path)
            return
        heard = answers(edited)
        edited.save(tmp_path)
    if changes == "memory":
        with load_edit(model, tmp_path) as again:
            assert answers(again) == heard
    else:
        assert answers(loaded(model.family, changes, tmp_path)) == heard


def loaded(family: str, changes: str, folder: Path) -> TransformersModel:
    """What transformers, and peft for an adapter, make of a folder."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = small_model(family)
    if changes == "adapter":
        module = PeftModel.from_pretrained(base.module, str(folder)).base_model.model
    else:
        module = AutoModelForCausalLM.from_pretrained(str(folder))
    return TransformersModel(module, base.tokenizer, name="loaded")


@pytest.mark.parametrize("name", EDITORS)
def test_a_model_without_weights_is_refused_in_a_sentence(name: str) -> None:
    changes = read_editor_spec(editor_folders()[name] / "editor.yaml").changes
    book = AnswerBook("recorded:file", {"p": ["x"]})
    if changes not in {"nothing", "prompt"}:
        with (
            pytest.raises(EditError, match=f"'{name}' changes weights"),
            editor_named(name).apply(book, [FIRST]),
        ):
            pass
        return
    with editor_named(name).apply(book, [FIRST]) as edited:
        [batch] = edited.batches([Prompt("", problem="p")], Sampling())
        assert batch[0].text == "x"


def test_documents_of_nested_edits_are_all_shown(model: TransformersModel) -> None:
    docs = load_editor("docs")
    with docs.apply(model, [FIRST]) as once, docs.apply(once, [SECOND]) as twice:
        assert once.documents("") == (FIRST,)
        assert twice.documents("") == (SECOND, FIRST)


def test_editors_joined_by_plus_are_both_in_force(model: TransformersModel) -> None:
    both = load_editor("lora+docs", **{"lora.epochs": 1})
    with both.apply(model, [FIRST]) as edited:
        assert edited.documents("") == (FIRST,)
        assert edited.cost.parameters > 0
        assert model.module.peft_config
    assert not hasattr(model.module, "peft_config")


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("lor", {}, "there is no editor 'lor'; did you mean 'lora'"),
        ("docs", {"rank": 3}, "the editor 'docs' has no setting 'rank'; it has: none"),
        ("lora", {"rank": 0}, "does not take 'rank' like this: input should be greater"),
        ("lora+docs", {"docs.rank": 3}, "has no setting 'docs.rank'"),
    ],
)
def test_wrong_names_and_settings(name: str, settings: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        load_editor(name, **settings)


def test_a_method_that_leaves_the_weights_changed_is_found_out(tmp_path: Path) -> None:
    folder = tmp_path / "editors" / "careless"
    folder.mkdir(parents=True)
    (folder / "editor.yaml").write_text(
        "name: careless\nsummary: Leaves a mark.\nchanges: weights\n"
    )
    (folder / "editor.py").write_text(
        "from contextlib import contextmanager\n"
        "import torch\n"
        "from pydantic import BaseModel\n"
        "from codeupdate.editing import Change\n"
        "class Settings(BaseModel): ...\n"
        "@contextmanager\n"
        "def edit(model, updates, replay, settings):\n"
        "    weight = next(model.module.parameters())\n"
        "    with torch.no_grad():\n"
        "        weight[5, 0], weight[5, 1] = weight[5, 1].item(), weight[5, 0].item()\n"
        "    yield Change()\n"
    )
    editor = load_editor("careless", include=[tmp_path])
    with (
        pytest.raises(EditError, match="not what they were"),
        editor.apply(small_model("llama"), [FIRST]),
    ):
        pass
