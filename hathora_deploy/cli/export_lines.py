"""What there is of an app that is about to move, for people: no secrets."""

from __future__ import annotations

from hathora_deploy.api.imports import AppExport, ExportedDeployment
from hathora_deploy.cli.imported_settings import port_text, variable_names
from hathora_deploy.cli.text import counted, short_tag


def export_lines(export: AppExport, source: str) -> list[str]:
    """A name and a fact a line; ``source`` is where it was found."""
    app, deployments = export.application, export.deployments
    facts = [("found", f"{app.app_name} ({app.app_id}) in {source}")]
    if deployments:
        latest, first = deployments[0], deployments[-1]
        count = counted(len(deployments), "deployment")
        span = f"{first.created_at:%Y-%m-%d} to {latest.created_at:%Y-%m-%d}"
        tag = f", tagged {short_tag(latest.deployment_tag)}" if latest.deployment_tag else ""
        facts += [
            ("history", f"{count}, {span}"),
            ("latest", f"{latest.deployment_id}{tag}"),
            ("settings", _settings(latest)),
        ]
        if latest.env:
            facts.append(("variables", f"{variable_names(latest)}; their values are not shown"))
    return [f"{name:<10}{fact}" for name, fact in facts]


def _settings(latest: ExportedDeployment) -> str:
    ports = [latest.default_container_port, *latest.additional_container_ports]
    return "  ·  ".join(
        (
            ", ".join(map(port_text, ports)),
            f"{latest.requested_cpu:g} cores, {latest.requested_memory_mb} MB",
            f"{counted(latest.rooms_per_process, 'room')} a process",
        )
    )
