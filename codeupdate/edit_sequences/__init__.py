"""Programs as sequences of edits (LintSeq, Piterbarg et al. 2024, arXiv 2410.02749)."""

from __future__ import annotations

from codeupdate.edit_sequences.diffs import Resolved, differences, joined, resolve
from codeupdate.edit_sequences.sampling import sample_states

__all__ = ["Resolved", "differences", "joined", "resolve", "sample_states"]
