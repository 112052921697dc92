"""The actor's side, without a cluster: what a replica answers is what its model answers."""

from __future__ import annotations

import pickle

import pytest

from codeupdate.cluster.replica import EditorCall, Replica
from codeupdate.editing import load_editor
from codeupdate.errors import EditError, MissingExtra, ModelError
from codeupdate.models import load_model
from codeupdate.tasks import load_task
from codeupdate.types import Prompt, Sample, Sampling

SAMPLING = Sampling(n=2, temperature=0.8, max_tokens=16)


@pytest.fixture(scope="module")
def replica() -> Replica:
    found = Replica()
    found.load("tiny", {})
    return found


@pytest.fixture(scope="module")
def prompts() -> list[Prompt]:
    task = load_task("kit-update")
    return [task.prompt(problem, "prompt") for problem in task.problems()[:3]]


def answers(replica: Replica, prompts: list[Prompt]) -> list[Sample]:
    asked = replica.ask(prompts, SAMPLING, "")
    found: list[Sample] = []
    while (batch := replica.more(asked)) is not None:
        found += batch
    return sorted(found, key=lambda sample: (sample.prompt, sample.index))


def test_edits_nest_and_are_left_one_by_one(replica: Replica, prompts: list[Prompt]) -> None:
    model, task = load_model("tiny"), load_task("kit-update")
    first, second = list(task.updates().values())[:2]
    rome, docs = load_editor("rome"), load_editor("docs")

    def here(asked: object) -> list[Sample]:
        found = [s for batch in asked.batches(prompts, SAMPLING) for s in batch]  # type: ignore[attr-defined]
        return sorted(found, key=lambda sample: (sample.prompt, sample.index))

    bare = answers(replica, prompts)
    assert bare == here(model)
    applied = replica.apply(EditorCall("rome", {}), [first], [])
    with rome.apply(model, [first]) as edited:
        assert applied.fingerprint == edited.fingerprint
        assert answers(replica, prompts) == here(edited) != bare
        above = replica.apply(EditorCall("docs", {}), [second], [])
        with docs.apply(edited, [second]) as documented:
            assert above.fingerprint == documented.fingerprint
            assert replica.documents("") == documented.documents("") == (second,)
        replica.leave()
        assert answers(replica, prompts) == here(edited)
    replica.leave()
    assert answers(replica, prompts) == bare


def test_an_edit_that_fails_leaves_what_was_in_force(
    replica: Replica, prompts: list[Prompt]
) -> None:
    bare = answers(replica, prompts)
    update = next(iter(load_task("kit-update").updates().values()))
    with pytest.raises(EditError):
        replica.apply(EditorCall("rome", {"layer": 99}), [update], [])
    assert answers(replica, prompts) == bare


def test_what_is_asked_may_be_dropped(replica: Replica, prompts: list[Prompt]) -> None:
    asked = replica.ask(prompts, SAMPLING, "")
    replica.drop(asked)
    assert replica.more(asked) is None


def test_a_model_that_is_not_there_is_said() -> None:
    with pytest.raises(ModelError, match="there is no folder"):
        Replica().load("hf:/no/such/folder", {})


def test_errors_travel() -> None:
    error = pickle.loads(pickle.dumps(MissingExtra("the engine", "ray", "ray")))
    assert isinstance(error, MissingExtra)
    assert 'pip install "codeupdate[ray]"' in str(error)
