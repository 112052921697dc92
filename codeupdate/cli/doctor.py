"""``codeupdate doctor``: what works here and what to install for the rest."""

from __future__ import annotations

from dataclasses import asdict

import typer

from codeupdate.cli.options import AsJson, print_json
from codeupdate.doctor import Finding, examine

COLOURS = {"ok": "green", "missing": "yellow", "broken": "red"}


def doctor(as_json: AsJson = False) -> None:
    """Say what works on this machine and what to do about the rest.

    Exit status 0 where 'codeupdate eval' without options can run, else 1.

    codeupdate doctor
    """
    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            _print(finding)
    lacking = [finding for finding in findings if finding.needed and finding.status != "ok"]
    if as_json:
        print_json({"ok": not lacking, "findings": [asdict(finding) for finding in findings]})
    elif lacking:
        names = ", ".join(finding.name for finding in lacking)
        typer.echo(f"\n'codeupdate eval' cannot run with its defaults; it lacks: {names}")
    else:
        typer.echo("\nReady: codeupdate eval --editor none,docs,lora --limit-updates 6")
    if lacking:
        raise typer.Exit(1)


def _print(finding: Finding) -> None:
    status = typer.style(f"{finding.status:<8}", fg=COLOURS[finding.status])
    typer.echo(f"{status} {finding.name:<20} {finding.detail}")
    if finding.fix and finding.status != "ok":
        typer.echo(f"{'':<29} → {finding.fix}")
