"""MEMIT: its closed form is the least-squares solution that it claims to be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.editing.method import code_of

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

MEMIT = code_of("memit")
shapes = st.tuples(
    st.integers(1, 6), st.integers(2, 12), st.integers(1, 20), st.floats(1e-2, 1e4),
    st.integers(0, 2**31),
)  # fmt: skip


@settings(deadline=None)
@given(shapes)
def test_the_change_is_the_solution_of_the_stacked_system(
    shape: tuple[int, int, int, float, int],
) -> None:
    """‖ΔW K - R‖² + λ n⁻¹ ‖ΔW X‖² for other keys X, whose covariance is X Xᵀ / n."""
    out, width, facts, preservation, seed = shape
    source = torch.Generator().manual_seed(seed)

    def normal(*size: int):
        return torch.randn(*size, generator=source, dtype=torch.float64)

    keys, residuals, others = normal(width, facts), normal(out, facts), normal(width, 3 * width)
    n = others.shape[1]
    found = MEMIT.batch_change(keys, residuals, others @ others.T / n, preservation)
    system = torch.cat([keys.T, (preservation / n) ** 0.5 * others.T])
    wanted = torch.cat([residuals.T, torch.zeros(n, out, dtype=torch.float64)])
    expected = torch.linalg.lstsq(system, wanted, driver="gelsd").solution.T
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)


def test_where_nothing_is_preserved_facts_are_stored_exactly() -> None:
    torch.manual_seed(0)
    keys, residuals = torch.randn(8, 3).double(), torch.randn(5, 3).double()
    found = MEMIT.batch_change(keys, residuals, torch.eye(8), 1e-9)
    torch.testing.assert_close(found @ keys, residuals, rtol=1e-6, atol=1e-6)
