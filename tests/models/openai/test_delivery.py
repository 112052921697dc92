"""Whatever fails: every sample arrives once, those of a prompt together, or there is an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.errors import ModelError
from codeupdate.models.openai import Settings, load_openai, retrying
from codeupdate.models.openai.forms import seed_of
from codeupdate.types import Prompt, Sample, Sampling
from tests.models.openai.misbehaving import Act, Misbehaving, expected, misbehaving

PASSING = [
    Act(429, {"error": {"message": "slow down"}}, {"Retry-After": "0"}),
    Act(429, {}, {"retry-after-ms": "5"}),
    Act(500, {"error": {"message": "boom"}}),
    Act(503, b""),
    Act(200, b"<html></html>", {"Content-Type": "text/html"}),
    Act(200, {"choices": []}),
    Act(200, b'{"choices": [{"te'),
    Act(cut=True),
    Act(gone=True),
    Act(hang=30),
]
FEWER = [Act(choices=1), Act(choices=2)]
LASTING = [Act(400, {"error": {"message": "no"}}), Act(403, {"error": {"message": "no"}})]


@pytest.fixture(scope="module")
def server() -> Iterator[Misbehaving]:
    with misbehaving() as server:
        yield server


@pytest.fixture(autouse=True, scope="module")
def short_pauses() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retrying, "FIRST_PAUSE", 0.001)
        yield


def scripts(acts: list[Act]) -> st.SearchStrategy[list[list[Act]]]:
    """For each of some prompts, what its first requests meet."""
    return st.lists(st.lists(st.sampled_from(acts), max_size=4), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(
    script=scripts(PASSING + FEWER),
    n=st.integers(1, 4),
    greedy=st.booleans(),
    concurrency=st.integers(1, 6),
)
def test_every_sample_arrives_once(
    server: Misbehaving, script: list[list[Act]], n: int, greedy: bool, concurrency: int
) -> None:
    batches, error = asked(server, script, n, greedy, concurrency, patience=600, timeout=0.5)
    assert error is None
    assert sorted(batch[0].prompt for batch in batches) == list(range(len(script)))
    check(batches, n, greedy)


@settings(max_examples=25, deadline=None)
@given(
    script=scripts([*PASSING[:4], *FEWER, *LASTING]),
    n=st.integers(1, 4),
    greedy=st.booleans(),
    concurrency=st.integers(1, 6),
    patience=st.sampled_from([0.0, 600.0]),
)
def test_what_arrives_before_an_error_is_whole(
    server: Misbehaving,
    script: list[list[Act]],
    n: int,
    greedy: bool,
    concurrency: int,
    patience: float,
) -> None:
    batches, error = asked(server, script, n, greedy, concurrency, patience, timeout=60)
    check(batches, n, greedy)
    prompts = [batch[0].prompt for batch in batches]
    assert len(prompts) == len(set(prompts))
    assert (error is None) == (len(prompts) == len(script))


def asked(
    server: Misbehaving,
    script: list[list[Act]],
    n: int,
    greedy: bool,
    concurrency: int,
    patience: float,
    timeout: float,
) -> tuple[list[tuple[Sample, ...]], ModelError | None]:
    """What a model at ``server`` answers before it fails, where it does."""
    server.reset()
    server.script({f"prompt {i}": acts for i, acts in enumerate(script)})
    model = load_openai(
        f"model@{server.url}",
        name="openai:model",
        settings=Settings(timeout=timeout, patience=patience, concurrency=concurrency),
    )
    batches: list[tuple[Sample, ...]] = []
    prompts = [Prompt(f"prompt {i}") for i in range(len(script))]
    try:
        for batch in model.batches(prompts, Sampling(n=n, temperature=0.0 if greedy else 1.0)):
            batches.append(batch)
    except ModelError as error:
        return batches, error
    finally:
        model.close()
    return batches, None


def check(batches: list[tuple[Sample, ...]], n: int, greedy: bool) -> None:
    """Every batch holds the samples of one prompt, all of them, each of its own seed."""
    for batch in batches:
        assert {sample.prompt for sample in batch} == {batch[0].prompt}
        assert [sample.index for sample in batch] == list(range(n))
        prompt = f"prompt {batch[0].prompt}"
        first = seed_of(Prompt(prompt), Sampling())
        seeds = [None if greedy else first + i for i in range(n)]
        assert [sample.text for sample in batch] == [expected(prompt, seed) for seed in seeds]
