"""Settings of a model: from the command line to what is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from codeupdate.cli.options import key_values
from codeupdate.errors import UsageError
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.prepare import prepare
from codeupdate.models import load_model, settings_of
from tests.cli.commands import run


def test_the_command_line_has_yaml_scalars() -> None:
    given = ["dtype=bfloat16", "threads=2", "device_map={'': cpu}", "attention=null", "x=a=b"]
    assert key_values(given, "--model-set") == {
        "dtype": "bfloat16",
        "threads": 2,
        "device_map": {"": "cpu"},
        "attention": None,
        "x": "a=b",
    }
    with pytest.raises(UsageError, match="--model-set takes KEY=VALUE, not 'dtype'"):
        key_values(["dtype"], "--model-set")


WRONG: list[tuple[str, Mapping[str, Any], str]] = [
    ("hf:x", {"dtpe": "float32"}, "the model 'hf:x' has no setting 'dtpe'; it has: attention, "),
    ("tiny", {"dtype": "int3"}, "the model 'tiny' does not take 'dtype' like this: input should"),
    ("hf:x", {"threads": 0}, "does not take 'threads' like this"),
    ("reference", {"dtype": "float32"}, "the model 'reference' has no setting 'dtype'; it has: no"),
    ("recorded:x", {"threads": 1}, "the model 'recorded:x' has no setting 'threads'; it has: none"),
]


@pytest.mark.parametrize(("name", "given", "says"), WRONG)
def test_what_is_wrong_is_one_sentence_before_anything_is_loaded(
    name: str, given: Mapping[str, Any], says: str
) -> None:
    for refused in (
        lambda: settings_of(name, given),
        lambda: load_model(name, settings=given),
        lambda: prepare(run_config(model=name, model_settings=given)),
    ):
        with pytest.raises(UsageError) as error:
            refused()
        assert str(error.value).startswith(says) or says in str(error.value)


def test_what_is_set_is_beside_what_is_not() -> None:
    found = settings_of("tiny", {"threads": 2}).model_dump()
    assert (found["dtype"], found["threads"]) == ("float32", 2)
    assert settings_of("hf:x", {}).model_dump()["dtype"] == "auto"


def test_a_run_knows_its_settings() -> None:
    prepared = prepare(run_config(model_settings={"dtype": "bfloat16"}))
    assert prepared.model_settings["dtype"] == "bfloat16"
    assert prepared.model_settings["threads"] == 1
    kept = json.loads(json.dumps(prepared.config.model_dump(mode="json")))
    assert run_config(**kept) == prepared.config


@pytest.fixture(scope="module")
def tiny() -> Any:
    pytest.importorskip("torch", reason="needs the extra 'transformers'")
    return load_model("tiny")


def test_a_model_that_is_there_takes_no_settings(tiny: Any) -> None:
    with pytest.raises(UsageError, match="is loaded already"):
        prepare(run_config(model_settings={"threads": 1}), model=tiny)


def test_settings_reach_the_model_and_its_fingerprint(tiny: Any) -> None:
    for settings in ({"dtype": "bfloat16"}, {"attention": "eager"}):
        other = load_model("tiny", settings=settings)
        assert other.fingerprint != tiny.fingerprint
    assert str(load_model("tiny", settings={"dtype": "bfloat16"}).module.dtype) == "torch.bfloat16"
    mapped = load_model("tiny", settings={"device_map": {"": "cpu"}})
    assert mapped.fingerprint == tiny.fingerprint  # where weights are does not matter


def test_an_attention_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    from codeupdate.errors import ModelError

    pytest.importorskip("torch", reason="needs the extra 'transformers'")
    with pytest.raises(ModelError, match="the model 'tiny' cannot be loaded"):
        load_model("tiny", settings={"attention": "clairvoyant"})


@pytest.mark.parametrize("command", [["pie"], ["editing", "stats"], ["editing", "trace"]])
def test_commands_that_load_a_model_take_settings(command: list[str]) -> None:
    done = run(*command, "--model-set", "dtpe=float32")
    assert done.exit_code == 2
    assert "the model 'tiny' has no setting 'dtpe'" in done.stderr.replace("\n", " ")
