"""Joins a cluster, or starts one on this machine.

``ray`` joins the cluster that ``$RAY_ADDRESS`` names, or the one that runs on this machine;
where there is none, it starts one for the length of the run. ``ray://HOST:PORT`` joins the
cluster whose head was started there with ``ray start --head``. In both cases this machine
has to be one of its nodes, since a driver is. The other thing that Ray calls ``ray://``, its
client on port 10001, would put a proxy between the driver and every sample; a job that is
submitted to the cluster runs on a node and needs no client.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from codeupdate.cluster.calls import short
from codeupdate.cluster.placement import Node
from codeupdate.errors import ClusterError, MissingExtra, UsageError

__all__ = ["check_engine", "joined", "nodes"]

log = logging.getLogger(__name__)

CLIENT_PORT = "10001"
ANSWER = 10.0  # seconds for a head to accept a connection
OBJECTS = 256 * 1024**2  # bytes; nothing larger than a few prompts travels


def check_engine(engine: str) -> None:
    """Whether ``engine`` has the form of an engine's name.

    Raises:
        UsageError: it has not.
        MissingExtra: it needs Ray, which is not installed.
    """
    if engine != "local":
        _address(engine)
        _ray()


def _address(engine: str) -> str:
    """HOST:PORT in ``engine``; empty for the cluster that is found."""
    name, slashes, address = engine.partition("://")
    host, colon, port = address.rpartition(":")
    if name != "ray" or (slashes and not (host and colon and port.isdecimal())):
        raise UsageError(f"there is no engine '{engine}'; known: local, ray, ray://HOST:PORT")
    if port == CLIENT_PORT:
        raise UsageError(
            f"'{engine}' names the port of the Ray client, which is not supported; run on a node "
            f"of the cluster with the port of its head: ray://{host}:6379"
        )
    return address


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster of ours tells nobody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns of it
    try:
        with _sigterm_kept():
            import ray
    except ImportError as error:
        raise MissingExtra("the engine 'ray'", "ray", "ray") from error
    return ray


@contextmanager
def joined(engine: str, note: Callable[[str], None]) -> Iterator[None]:
    """Be a driver of the cluster while the block runs.

    Raises:
        ClusterError: it cannot be joined.
    """
    address, ray = _address(engine), _ray()
    if ray.is_initialized():  # by whoever uses us as a library: theirs to end, too
        yield
        return
    folder = ""
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": False}
    try:
        if address:
            _knock(address)
        try:
            with _sigterm_kept():
                ray.init(address=address or "auto", **quiet)
        except ConnectionError as error:
            if address or os.environ.get("RAY_ADDRESS"):
                raise
            note(f"no cluster of Ray runs here ({short(error)}): starting one on this machine")
            # In a folder of its own, which is gone afterwards.
            folder = tempfile.mkdtemp(prefix="codeupdate-ray-")
            with _sigterm_kept():
                ray.init(
                    address="local",
                    include_dashboard=False,
                    object_store_memory=OBJECTS,
                    _temp_dir=folder,
                    **quiet,
                )
    except Exception as error:  # Ray raises no less than that where a node does not start
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        where = address or os.environ.get("RAY_ADDRESS") or "this machine"
        raise ClusterError(
            f"the cluster of Ray at {where} cannot be joined: {short(error)}; it has to run, and "
            "this machine has to be one of its nodes (ray start --address=HOST:PORT)"
        ) from error
    try:
        with _nothing_printed():
            yield
    finally:
        with suppress(Exception):
            ray.shutdown()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _knock(address: str) -> None:
    """Raises OSError where nobody listens: Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=ANSWER):
        pass


@contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Who has an answer of its own to SIGTERM keeps it: that of Ray ends its processes first, and
    then us, with another exit status."""
    own = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if callable(own) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, own)


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """What nodes report goes to our log: a driver of Ray prints it to stdout, where results are,
    and has no option for that."""
    from ray._private import worker

    printing = worker.print_to_stdstream
    worker.print_to_stdstream = lambda data, **_: log.debug("%s", "\n".join(data["lines"]))
    try:
        yield
    finally:
        worker.print_to_stdstream = printing


def nodes() -> list[Node]:
    """The nodes that are alive, in the order of their names."""
    found = [
        Node(
            id=node["NodeID"],
            name=f"{node['NodeManagerHostname']}/{node['NodeID'][:8]}",
            cpus=int(node["Resources"].get("CPU", 0)),
            gpus=int(node["Resources"].get("GPU", 0)),
        )
        for node in _ray().nodes()
        if node["Alive"]
    ]
    return sorted(found, key=lambda node: node.name)
