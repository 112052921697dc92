"""Evaluations on a cluster of Ray: models on some nodes, programs on others, one driver.

::

    driver (writes the store)              nodes with GPUs                nodes without
    ─────────────────────────              ───────────────                ─────────────
    a lane for every replica  ──ask/more─▶ Replica: model, edits
                              ◀─samples──
    extracts, stores
    ClusterSandbox            ──programs─────────────────────────────────▶ Executor: sandbox
                              ◀─verdicts──────────────────────────────────

The seam is the protocols that exist: :class:`~codeupdate.cluster.models.RemoteModel` is a
``Model``, :class:`~codeupdate.cluster.models.RemoteEditor` an ``Editor`` and
:class:`~codeupdate.cluster.sandbox.ClusterSandbox` a ``Sandbox``. So strategies hold their
conversations in the driver, and nothing below knows of a cluster.

What keeps every replica busy is that chains of stages do not depend on each other
(:mod:`codeupdate.evaluation.abreast`): under the protocol ``single`` every update is one,
under ``sequential`` every arm. The questions of a stage without an edit are shared out, since a
sample does not depend on what it is drawn together with.

Samples are pulled: a replica computes ``models.AHEAD`` tuples more than were fetched and no
further, and a node gets ``sandbox.AHEAD`` programs for every worker, so that what is slow slows
down what comes before it. Actors are never restarted by Ray, since one that came back would
have lost its edit: whoever notices a death begins again with a new actor. Programs and chains
may be begun twice, but are kept once, by the one driver.

``ray`` is imported in the functions that use it, and nowhere outside this package.
"""

from __future__ import annotations

from codeupdate.cluster.cluster import Cluster, open_cluster
from codeupdate.cluster.joining import check_engine

__all__ = ["Cluster", "check_engine", "open_cluster"]
