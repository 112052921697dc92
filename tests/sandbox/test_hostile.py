"""Programs that mean harm: none does any, none passes, and the next one is judged as ever.

The programs are files below ``attacks``, whose groups say what has to become of them.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeupdate.sandbox import Sandbox
from codeupdate.types import Outcome
from tests.sandbox.attacks import GROUPS, HELPERS, Attack, attacks
from tests.sandbox.attacks.running import (
    LIMITS,
    OURS,
    PATIENT,
    Surroundings,
    as_a_function,
    judge,
    next_is_fine,
    surroundings,
)


@pytest.fixture(scope="module")
def around() -> Iterator[Surroundings]:
    with surroundings() as found:
        yield found


def test_there_are_at_least_sixty_programs_and_each_says_what_it_tries() -> None:
    programs = [attack for group in GROUPS for attack in attacks(group)]
    assert len(programs) >= 200
    assert len({attack.docstring for attack in programs}) >= 190


@pytest.mark.parametrize("attack", attacks("disrupt"), ids=str)
def test_an_attack_does_not_pass_and_harms_nothing(sandbox: Sandbox, attack: Attack) -> None:
    expected = attack.parts.get("outcome", "").strip()
    while_loading = (attack.source, "pass")
    in_a_test = (as_a_function(attack.source), "f()")
    # What takes all of its time is run in tests by the slow test below.
    for source, test in (while_loading, in_a_test)[: 1 if expected == "timeout" else 2]:
        limits = LIMITS if expected == "timeout" or not expected else PATIENT
        verdict = judge(sandbox, source, test, limits=limits)
        assert verdict.outcome not in OURS, verdict
        assert not expected or verdict.outcome.value == expected, verdict
        assert next_is_fine(sandbox)


@pytest.mark.parametrize("attack", attacks("disrupt"), ids=str)
@pytest.mark.slow
def test_an_attack_in_one_test_does_not_pass_others(sandbox: Sandbox, attack: Attack) -> None:
    for apart in ((), ("f",)):
        tests = ("f()", "assert 1 == 2", "f()")
        verdict = judge(sandbox, as_a_function(attack.source), *tests, apart=apart)
        assert {test.outcome for test in verdict.tests}.isdisjoint(OURS), verdict
        assert verdict.outcome not in OURS, verdict
        assert next_is_fine(sandbox)


OF_OTHERS = [attack for attack in attacks("disrupt") if attack.name.startswith(("kill", "stop_"))]


@pytest.mark.parametrize("attack", OF_OTHERS, ids=str)
def test_a_candidate_that_attacks_its_judge_does_not_pass(sandbox: Sandbox, attack: Attack) -> None:
    source = as_a_function(attack.source.replace("raise AssertionError", "return None"))
    verdict = judge(sandbox, source, "f()\nassert f() == 7", "assert f() == 7", apart=("f",))
    assert {test.outcome for test in verdict.tests}.isdisjoint(OURS), verdict
    assert verdict.outcome not in OURS, verdict
    assert next_is_fine(sandbox)


@pytest.mark.parametrize("attack", attacks("channel"), ids=str)
def test_what_is_written_to_descriptors_changes_nothing(sandbox: Sandbox, attack: Attack) -> None:
    whole, function = attack.source, as_a_function(attack.source)
    for source, apart in ((whole, ()), (function, ()), (function, ("f",))):
        tests = ("f()",) if apart else ("f()", "f()")
        verdict = judge(sandbox, source, *tests, prelude=HELPERS, watch=("math.gcd",), apart=apart)
        assert {test.outcome for test in verdict.tests}.isdisjoint(OURS), verdict
        assert verdict.outcome not in OURS, verdict
        assert 0 <= verdict.peak_memory < 1 << 50
        assert all(0 <= count < 1 << 62 for count in verdict.calls.values())
        assert len(verdict.suspicions) <= 10
        assert next_is_fine(sandbox)


@pytest.mark.parametrize("attack", attacks("reach"), ids=str)
def test_what_a_program_cannot_reach(
    sandbox: Sandbox, attack: Attack, around: Surroundings
) -> None:
    verdict = judge(
        sandbox, "", attack.source, "pass", prelude=around.told(sandbox), limits=PATIENT
    )
    assert verdict.passed, verdict.detail


@pytest.mark.parametrize("attack", attacks("judge"), ids=str)
def test_what_a_candidate_cannot_reach_of_its_judge(
    sandbox: Sandbox, attack: Attack, around: Surroundings
) -> None:
    plain = "answer = f()\nassert answer == '', answer"
    test = attack.parts.get("test", plain).replace("@MARK@", around.mark)
    known = around.told(sandbox)
    verdict = judge(sandbox, attack.source, test, test, prelude=known, apart=("f",), limits=PATIENT)
    assert verdict.passed, verdict.detail


@pytest.mark.parametrize("attack", attacks("leave"), ids=str)
def test_nothing_is_left_for_the_next_program(
    sandbox: Sandbox, attack: Attack, around: Surroundings
) -> None:
    known = around.told(sandbox)
    parts = {
        name: text.replace("@MARK@", around.mark)
        for name, text in {"source": attack.source, **attack.parts}.items()
    }
    source = parts["source"] + parts.get("long", "") * 1500  # of a size that is freed piecemeal
    tests = [parts.get("test", "pass"), *filter(None, [parts.get("failing")])]
    files = {"given.txt": f"file-{around.mark}"} if "given.txt" in source else {}
    first = judge(sandbox, source, *tests, prelude=known, files=files, limits=PATIENT)
    assert first.tests[0].outcome is Outcome.PASSED, first
    after = judge(sandbox, "", parts["next"], prelude=known, limits=PATIENT)
    assert after.passed, after.detail


NOISE = """
def f():
    for number in pipes():
        os.set_blocking(number, False)
        for piece in {pieces!r}:
            try:
                os.write(number, piece)
            except OSError:
                pass
    raise AssertionError
"""
KINDS = st.sampled_from([b"r", b"u", b"l", b"t", b"e", b"i", b"d", b"c", b"s"]) | st.binary(
    min_size=1, max_size=1
)
LENGTHS = st.sampled_from([0, 1, 4063, 4064, 4065, 1 << 31, (1 << 32) - 1]) | st.integers(0, 4096)
NUMBERS = st.lists(st.integers() | st.floats() | st.text(max_size=5), min_size=0, max_size=4).map(
    lambda words: " ".join(map(str, words)).encode("utf-8", "surrogatepass")[:3000]
)
REPORTS = st.builds(
    lambda kind, outcome, token, at, length, body: (
        struct.pack("<cc2xI16sd", kind, outcome, len(body) if length is None else length, token, at)
        + body
    ),
    KINDS,
    st.sampled_from([b"p", b"f", b"e", b"m"]) | st.binary(min_size=1, max_size=1),
    st.just(bytes(16)) | st.binary(min_size=16, max_size=16),
    st.floats(),
    st.none() | LENGTHS,
    NUMBERS | st.binary(max_size=100),
)


@settings(
    max_examples=int(os.environ.get("CODEUPDATE_FUZZ", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pieces=st.lists(REPORTS | st.binary(min_size=1, max_size=200), min_size=1, max_size=8))
def test_whatever_is_written_it_does_not_pass(sandbox: Sandbox, pieces: list[bytes]) -> None:
    verdict = judge(
        sandbox,
        NOISE.format(pieces=pieces),
        "f()",
        "f()",
        prelude=HELPERS,
        watch=("math.gcd",),
    )
    assert verdict.outcome not in OURS, verdict
    assert {test.outcome for test in verdict.tests}.isdisjoint(OURS), verdict
