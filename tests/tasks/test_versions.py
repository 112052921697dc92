"""The versions set: each reference belongs to its version, and the cards say what is there."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import combinations
from pathlib import Path

import pytest

from codeupdate.errors import DataError
from codeupdate.sandbox import open_sandbox
from codeupdate.sandbox.building import build_all
from codeupdate.tasks import FolderTask, load_task
from codeupdate.tasks.validation import validate
from codeupdate.types import Environment, Outcome, Problem, Program, Sample, Verdict
from tests.shared import sandbox_or_skip

FOLDER = Path(__file__).parents[2] / "data" / "versions"
AGES = ("old", "new")


@pytest.fixture(scope="module")
def versions() -> FolderTask:
    return load_task("versions")


def pairs(task: FolderTask) -> Iterator[tuple[str, Problem, Problem]]:
    """Name of a pair, its problem under the old version and the one under the new version."""
    found: dict[str, dict[str, Problem]] = {}
    for problem in task.problems():
        found.setdefault(str(problem.fields["pair"]), {})[str(problem.fields["age"])] = problem
    for name, pair in found.items():
        assert tuple(pair) == AGES, name
        yield name, pair["old"], pair["new"]


def code(problem: Problem) -> str:
    return (FOLDER / str(problem.fields["pair"]) / f"{problem.fields['age']}.py").read_text()


def names(problem: Problem) -> set[str]:
    """The names with an underscore in its reference."""
    return set(re.findall(r"[a-z]\w*_\w+", code(problem)))


def pins(environment: Environment) -> dict[str, str]:
    return dict(pin.split("==") for step in environment.steps for pin in step)


# ------------------------------------------------------------------------ the data set


def test_the_card_counts_right(versions: FolderTask) -> None:
    card = (versions.folder / "README.md").read_text()
    libraries = Counter(update.package for update in versions.updates().values())
    kinds = Counter(update.kind.value for update in versions.updates().values())
    assert len(versions.problems()) == 2 * len(versions.updates()) >= 80
    assert f"{len(versions.problems())} problems, {len(versions.updates())} pairs" in card
    assert f"{len(libraries)} libraries" in card
    for name, count in (libraries + kinds).items():
        assert re.search(rf"\b{re.escape(name)} {count}\b", card), (name, count)


def test_a_problem_runs_where_its_version_is(versions: FolderTask) -> None:
    environments = versions.environments()
    for name, *pair in pairs(versions):
        library = str(pair[0].fields["library"])
        for problem, other in zip(pair, reversed(pair), strict=True):
            own = environments[problem.environment]
            assert pins(own)[library] == problem.fields["version"], name
            assert own.python_version == problem.fields["python"]
            updated, outdated = versions.checks(problem, "x = 1")
            assert updated.program.environment == problem.environment != other.environment
            assert outdated.program.environment == other.environment
            assert outdated.needs == updated.name


def test_environments_are_pinned_and_few(versions: FolderTask) -> None:
    environments = versions.environments()
    assert {problem.environment for problem in versions.problems()} == set(environments)
    assert len(environments) <= 6
    for name, environment in environments.items():
        assert name.startswith("versions/") and environment.preload
        assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", pin) for pin in environment.steps[0]), name


def test_what_is_new_has_to_be_taught(versions: FolderTask) -> None:
    for name, old, new in pairs(versions):
        assert (old.update, new.update) == (None, name)
        update = versions.updates()[name]
        assert not update.patch and not update.setup
        assert update.package == new.fields["library"]
        assert update.signature_before != update.signature_after
        assert len(update.summary.split()) >= 5 and update.summary.endswith(".")
        assert len(update.documentation.split()) >= 12
        assert new.reference not in update.documentation


def test_a_pair_is_one_request(versions: FolderTask) -> None:
    for name, old, new in pairs(versions):
        assert old.tests == new.tests and old.entry_point == new.entry_point, name
        assert old.fields["request"] == new.fields["request"]
        assert code(old) != code(new)
        signature = [line for line in str(new.fields["signature"]).splitlines() if line]
        texts = []
        for problem in (old, new):
            fields, text = problem.fields, versions.prompt(problem, "prompt").text
            assert f"# Python {fields['python']}, {fields['library']} {fields['version']}\n" in text
            assert str(fields["request"]) in text and code(problem) not in text
            # A class may be derived from whatever the version has for that.
            assert signature[-1].rstrip(":") in code(problem), (name, fields["age"])
            texts.append(text.splitlines()[1:])
        assert texts[0] == texts[1], name


def test_a_request_does_not_name_what_changed(versions: FolderTask) -> None:
    """The names that only one of the references uses are not in the request."""
    for name, old, new in pairs(versions):
        only_old, only_new = names(old) - names(new), names(new) - names(old)
        asked = f"{new.fields['request']} {new.fields['signature']}"
        assert not [word for word in only_old | only_new if word in asked], name


def test_no_test_is_left_out(versions: FolderTask) -> None:
    for name, old, _ in pairs(versions):
        source = (FOLDER / name / "tests.py").read_text()
        assert [test.name for test in old.tests] == re.findall(
            r"^def (test_\w+)\(\):$", source, re.MULTILINE
        )
        assert len(old.tests) >= 2, name


def test_sources_are_places(versions: FolderTask) -> None:
    for name in versions.updates():
        card = (FOLDER / name / "problem.yaml").read_text()
        places = re.findall(r"path: (\S+)\}$", card, re.MULTILINE)
        assert places and all(re.match(r"[\w.-]+\.\w+/\S", place) for place in places), name


def test_no_two_requests_are_alike(versions: FolderTask) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text)
        return {tuple(words[i : i + 6]) for i in range(len(words) - 5)}

    asked = {name: runs(str(old.fields["request"])) for name, old, _ in pairs(versions)}
    for one, other in combinations(asked, 2):
        shared = len(asked[one] & asked[other])
        assert shared < 0.5 * min(len(asked[one]), len(asked[other])), (one, other)


ANSWERS = {
    "as it is kept": "```python\n{}```\n",
    "with prose": "Here:\n```\n{}```\nDone.",
    "bare": "{}",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_program_is_found_in_an_answer(versions: FolderTask, answer: str) -> None:
    for problem in versions.problems():
        prompt = versions.prompt(problem, "prompt")
        sample = Sample(0, 0, answer.format(code(problem)), 0, 0, "stop")
        found = versions.extract(problem, prompt, sample).code
        assert found.strip() == code(problem).strip(), problem.id


def test_the_update_is_shown_to_who_may_see_it(versions: FolderTask) -> None:
    for name, update in versions.updates().items():
        (problem,) = (one for one in versions.problems() if one.update == name)
        prompt = versions.prompt(problem, "prompt", (update,))
        assert update.documentation in prompt.text
        assert update.documentation in prompt.messages[-1].content
        assert update.documentation not in versions.prompt(problem, "prompt").text


# ------------------------------------------------------------------------------ faults


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of one pair, beside the environments."""
    shutil.copy(FOLDER / "environments.yaml", tmp_path)
    name = "pandas/map-cells"
    return Path(shutil.copytree(FOLDER / name, tmp_path / name))


def test_other_pairs_can_be_named(copy: Path) -> None:
    old, new = load_task("versions", copy.parents[1]).problems()
    assert (old.id, new.id) == ("pandas/map-cells@1.5.3", "pandas/map-cells@3.0.3")


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("problem.yaml", "library:", "library: [", "cannot be read as YAML"),
        ("problem.yaml", "library: pandas", "library: polars", r"has 'polars==1\.5\.3'"),
        ("problem.yaml", "new: 3.0.3", "new: 3.9.9", r"has 'pandas==3\.9\.9'"),
        ("problem.yaml", "new: 3.0.3", "new: 3.0", "is not a pair: versions.new: "),
        ("problem.yaml", "kind: function-renamed", "kind: odd", "is not a pair: change.kind"),
        ("problem.yaml", "def lengths(", "def lengths((", "problem.yaml' has code that is not Py"),
        ("tests.py", "def test_", "x = test_", "tests.py' has code that is not Python"),
        ("old.py", None, "", "old.py' cannot be read"),
    ],
)
def test_a_faulty_pair_is_named(
    copy: Path, file: str, before: str | None, after: str, said: str
) -> None:
    if before is None:
        (copy / file).unlink()
    else:
        (copy / file).write_text((copy / file).read_text().replace(before, after))
    with pytest.raises(DataError, match=said):
        load_task("versions", copy.parents[1]).problems()


@pytest.mark.parametrize(
    ("updated", "outdated", "own"),
    [
        (Outcome.PASSED, Outcome.ERROR, 1),
        (Outcome.PASSED, Outcome.PASSED, 0),
        (Outcome.FAILED, None, 0),
    ],
)
def test_an_answer_for_both_versions_is_not_one_for_its_own(
    versions: FolderTask, updated: Outcome, outdated: Outcome | None, own: int
) -> None:
    found = {"updated": updated, "outdated": outdated}
    verdicts = {name: Verdict("x", outcome) for name, outcome in found.items() if outcome}
    measured = versions.measures(versions.problems()[0], "", verdicts)
    assert measured == {"own_version": own}


class PassesEverything:
    name = "lenient"

    def submit(self, program: Program) -> Future[Verdict]:
        future: Future[Verdict] = Future()
        future.set_result(Verdict(program.id, Outcome.PASSED))
        return future


def test_what_passes_in_both_versions_is_named(versions: FolderTask) -> None:
    old, new = versions.problems()[:2]
    assert (old.update is None, new.update is None) == (True, False)
    found = validate(versions, [old, new], PassesEverything(), lambda _: None)  # type: ignore[arg-type]
    said = "it passes in the other version as well"
    assert [(f.problem, f.what, f.message) for f in found.faults] == [
        (old.id, "update", said),
        (new.id, "update", said),
    ]


# ------------------------------------------------------------------------ the references


@pytest.mark.slow
def test_every_reference_passes_in_its_version_and_fails_in_the_other(versions: FolderTask) -> None:
    """Built from the package index where that has not happened yet."""
    sandbox_or_skip("local")
    for built in build_all(list(versions.environments().values()), 1):
        if built.failure:
            pytest.skip(f"'{built.environment.name}' cannot be built: {built.failure}")
    with open_sandbox("local", workers=2, derived=versions.environments()) as sandbox:
        found = validate(versions, versions.problems(), sandbox, lambda _: None)
    assert found.faults == ()
    assert found.passed == len(found.compared) == len(versions.problems())
    assert found.weak == ()
