"""Data sets from the hub, at a revision that the user names: what is not pinned changes."""

from __future__ import annotations

import re
from pathlib import Path

from codeupdate.errors import DataError, MissingExtra, UsageError
from codeupdate.tasks.schema import HubSource

__all__ = ["fetch"]


def fetch(source: HubSource, revision: str) -> Path:
    """Download the file of ``source`` at commit ``revision``, or take it from the hub's cache.

    Raises:
        UsageError: ``revision`` is not a full commit hash.
        MissingExtra: huggingface_hub is not installed.
        DataError: it cannot be fetched.
    """
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise UsageError(
            f"the revision '{revision}' is not a commit of 40 hexadecimal digits; take one from "
            f"https://huggingface.co/datasets/{source.repository}/commits/main"
        )
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise MissingExtra("a data set from the hub", "huggingface_hub", "hub") from error
    try:
        path = hf_hub_download(
            source.repository, source.file, repo_type="dataset", revision=revision
        )
    except (OSError, ValueError, HfHubHTTPError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise DataError(
            f"'{source.file}' of the data set '{source.repository}' cannot be fetched: {reason}; "
            "name a local copy with --data PATH"
        ) from error
    return Path(path)
