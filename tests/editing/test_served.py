"""A model that answers from elsewhere than its module hears of every edit of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import codeupdate as cu
from codeupdate.editing import load_editor
from codeupdate.errors import EditError
from codeupdate.models.protocol import ServesEdits, has_weights
from codeupdate.models.transformers import TransformersModel
from tests.editing.method import UPDATE
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

LORA: dict[str, Any] = {"learning_rate": 0.05, "epochs": 1, "rank": 2}


class Elsewhere(TransformersModel):
    """Writes down what it has to serve, and the state of its module then."""

    def __init__(self, folder: Path) -> None:
        small = small_model("llama")
        super().__init__(small.module, small.tokenizer, name="elsewhere")
        self.heard: list[str] = []
        self._place = folder

    @contextmanager
    def serving(self, editor: str, changes: str, save: Callable[[Path], None]) -> Iterator[None]:
        if changes == "memory":
            raise EditError(f"no memory of {editor}")
        save(self._place / str(len(self.heard)))
        self.heard.append(f"{editor} {changes} {self.adapted}")
        yield
        self.heard.append(f"without {editor} {self.adapted}")

    def expect_adapters(self, rank: int) -> None: ...

    @property
    def adapted(self) -> bool:
        return hasattr(self.module, "peft_config")


def test_an_edit_is_served_while_it_is_in_force(tmp_path: Path) -> None:
    model = Elsewhere(tmp_path)
    assert isinstance(model, ServesEdits)
    lora, docs, ft = load_editor("lora", **LORA), load_editor("docs"), load_editor("ft", epochs=1)
    with lora.apply(model, [UPDATE]) as one, docs.apply(one, [UPDATE]) as two:
        assert model.heard == ["lora adapter True"]
        with ft.apply(two, [UPDATE]):
            assert model.heard[1:] == ["ft weights True"]
    assert model.heard[2:] == ["without ft True", "without lora True"]
    assert not model.adapted
    assert (tmp_path / "0" / "adapter_config.json").is_file()
    with cu.load_edit(model, tmp_path / "0"):
        assert model.heard[4:] == ["adapter adapter True"]


def test_what_it_cannot_serve_is_undone(tmp_path: Path) -> None:
    model = Elsewhere(tmp_path)
    with (
        pytest.raises(EditError, match="no memory of grace"),
        load_editor("grace").apply(model, [UPDATE]),
    ):
        pass
    assert model.heard == []


class Lazy:
    """A model that loads its weights when they are asked for."""

    tokenizer = family = encode = None

    @property
    def module(self) -> Any:
        raise AssertionError("the weights were loaded")


def test_whether_there_are_weights_is_known_without_loading_them() -> None:
    assert has_weights(Lazy())
    assert not has_weights(load_editor("none"))
