"""Data sets from the hub, at a revision that is named: what is not pinned changes."""

from __future__ import annotations

import re
from pathlib import Path

from codeupdate.errors import DataError, MissingExtra, UsageError
from codeupdate.tasks.schema import HubSource

__all__ = ["fetch", "is_pattern"]


def is_pattern(source: HubSource) -> bool:
    """Whether ``file`` stands for several."""
    return "*" in source.file


def fetch(source: HubSource, revision: str) -> Path:
    """The file of ``source`` at commit ``revision``, or the folder that has its files: from
    the hub's own cache, or downloaded.

    Raises:
        UsageError: ``revision`` is not a full commit hash.
        MissingExtra: huggingface_hub is not installed.
        DataError: it cannot be fetched.
    """
    page = f"https://huggingface.co/datasets/{source.repository}"
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise UsageError(
            f"the revision '{revision}' is not a commit of 40 hexadecimal digits; take one from "
            f"{page}/commits/main"
        )
    try:
        from huggingface_hub import hf_hub_download, snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            RemoteEntryNotFoundError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    except ImportError as error:
        raise MissingExtra("a data set from the hub", "huggingface_hub", "hub") from error
    where = {"repo_type": "dataset", "revision": revision}
    missing = f"the data set '{source.repository}' has no '{source.file}' at {revision}"
    try:
        if is_pattern(source):
            path = snapshot_download(source.repository, allow_patterns=source.file, **where)
        else:
            path = hf_hub_download(source.repository, source.file, **where)
    except RevisionNotFoundError as error:
        raise DataError(
            f"the data set '{source.repository}' has no commit {revision}; see {page}/commits/main"
        ) from error
    except RemoteEntryNotFoundError as error:
        raise DataError(f"{missing}; see {page}/tree/{revision}") from error
    except GatedRepoError as error:
        raise DataError(
            f"the data set '{source.repository}' is given on request: ask for it at {page}, then "
            "log in with 'hf auth login'"
        ) from error
    except RepositoryNotFoundError as error:
        raise DataError(f"there is no data set '{source.repository}' on the hub") from error
    except (OSError, ValueError, RuntimeError, HfHubHTTPError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        raise DataError(
            f"'{source.file}' of the data set '{source.repository}' cannot be fetched ({reason}); "
            f"where there is a network, download it from {page}, and name the copy with "
            "--data PATH"
        ) from error
    if is_pattern(source) and not any(Path(path).glob(source.file)):
        raise DataError(missing)
    return Path(path)
