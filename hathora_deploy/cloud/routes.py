"""Table of contents of the cloud: every operation it serves, and what answers it."""

from __future__ import annotations

from typing import Final

from hathora_deploy.api.apps import CreateApp, DeleteApp, GetApp, GetApps, PatchApp, UpdateApp
from hathora_deploy.api.auth import LoginAnonymous, LoginGoogle, LoginNickname
from hathora_deploy.api.billing import (
    GetInvoices,
    GetPaymentMethod,
    GetUpcomingInvoiceItems,
    GetUpcomingInvoiceTotal,
    InitStripeCustomerPortalUrl,
)
from hathora_deploy.api.builds import (
    CreateBuild,
    CreateBuildRegistry,
    DeleteBuild,
    GetBuild,
    GetBuilds,
    RunBuild,
    RunBuildRegistry,
)
from hathora_deploy.api.deployments import (
    CreateDeployment,
    GetDeployment,
    GetDeployments,
    GetLatestDeployment,
)
from hathora_deploy.api.deprecated.apps_v1 import (
    CreateAppV1Deprecated,
    DeleteAppV1Deprecated,
    GetAppInfoV1Deprecated,
    GetAppsV1Deprecated,
    UpdateAppV1Deprecated,
)
from hathora_deploy.api.deprecated.builds_v1 import (
    CreateBuildDeprecated,
    DeleteBuildDeprecated,
    GetBuildInfoDeprecated,
    GetBuildsDeprecated,
    RunBuildDeprecated,
)
from hathora_deploy.api.deprecated.builds_v2 import (
    CreateBuildV2Deprecated,
    CreateBuildWithUploadUrlV2Deprecated,
    CreateWithMultipartUploadsV2Deprecated,
    DeleteBuildV2Deprecated,
    GetBuildInfoV2Deprecated,
    GetBuildsV2Deprecated,
    RunBuildV2Deprecated,
)
from hathora_deploy.api.deprecated.deployments_v1 import (
    CreateDeploymentV1Deprecated,
    GetDeploymentInfoV1Deprecated,
    GetDeploymentsV1Deprecated,
    GetLatestDeploymentV1Deprecated,
)
from hathora_deploy.api.deprecated.deployments_v2 import (
    CreateDeploymentV2Deprecated,
    GetDeploymentInfoV2Deprecated,
    GetDeploymentsV2Deprecated,
    GetLatestDeploymentV2Deprecated,
)
from hathora_deploy.api.deprecated.discovery_v1 import GetPingServiceEndpointsDeprecated
from hathora_deploy.api.deprecated.logs_v1 import GetLogsForApp, GetLogsForDeployment
from hathora_deploy.api.deprecated.processes_v1 import (
    GetProcessInfoDeprecated,
    GetRunningProcesses,
    GetStoppedProcesses,
)
from hathora_deploy.api.deprecated.processes_v2 import (
    CreateProcessV2Deprecated,
    GetLatestProcessesV2Deprecated,
    GetProcessesCountExperimentalV2Deprecated,
    GetProcessInfoV2Deprecated,
    StopProcessV2Deprecated,
)
from hathora_deploy.api.deprecated.rooms_v1 import (
    CreateRoomDeprecated,
    DestroyRoomDeprecated,
    GetActiveRoomsForProcessDeprecated,
    GetConnectionInfoDeprecated,
    GetInactiveRoomsForProcessDeprecated,
    GetRoomInfoDeprecated,
    SuspendRoomDeprecated,
)
from hathora_deploy.api.deprecated.rooms_v2 import SuspendRoomV2Deprecated
from hathora_deploy.api.discovery import GetPingServiceEndpoints
from hathora_deploy.api.fleets import (
    CreateFleet,
    GetFleet,
    GetFleetMetrics,
    GetFleetRegion,
    GetFleetRegionMetrics,
    GetFleets,
    GetNodeShapes,
    UpdateFleet,
    UpdateFleetRegion,
)
from hathora_deploy.api.imports import ImportApp
from hathora_deploy.api.leases import AcquireLease, GetLease, ReleaseLease, RenewLease
from hathora_deploy.api.lobbies import (
    CreateLobby,
    GetLobbyInfoByRoomId,
    GetLobbyInfoByShortCode,
    ListActivePublicLobbies,
)
from hathora_deploy.api.logs import DownloadLogForProcess, GetLogsForProcess
from hathora_deploy.api.management import SendVerificationEmail
from hathora_deploy.api.nodes import GetNode, ListProvisionedNodes
from hathora_deploy.api.operation import Route
from hathora_deploy.api.orgs import (
    AcceptInvite,
    GetOrgMembers,
    GetOrgPendingInvites,
    GetOrgs,
    GetUsageLimits,
    GetUserPendingInvites,
    InviteUser,
    RejectInvite,
    RescindInvite,
    UpdateUserInvite,
)
from hathora_deploy.api.processes import (
    CreateProcess,
    GetLatestProcesses,
    GetProcess,
    GetProcessesCountExperimental,
    GetProcessMetrics,
    StopProcess,
)
from hathora_deploy.api.rooms import (
    CreateRoom,
    DestroyRoom,
    GetActiveRoomsForProcess,
    GetConnectionInfo,
    GetInactiveRoomsForProcess,
    GetRoomInfo,
    ResumeRoom,
    UpdateRoomConfig,
)
from hathora_deploy.api.tokens import CreateOrgToken, GetOrgTokens, RevokeOrgToken
from hathora_deploy.cloud.cloud import Call
from hathora_deploy.cloud.handlers import (
    apps,
    auth,
    billing,
    builds,
    deployments,
    discovery,
    fleet_metrics,
    fleets,
    imports,
    invites,
    leases,
    lobbies,
    logs,
    management,
    members,
    nodes,
    orgs,
    process_metrics,
    processes,
    rooms,
    tokens,
    usage,
)
from hathora_deploy.cloud.handlers.deprecated import (
    apps_v1,
    builds_v1,
    builds_v2,
    deployments_v1,
    deployments_v2,
    discovery_v1,
    logs_v1,
    processes_v1,
    processes_v2,
    rooms_v1,
    rooms_v2,
)

ROUTES: Final[list[Route[Call]]] = [
    GetApps.served_by(apps.get_apps),
    CreateApp.served_by(apps.create_app),
    GetApp.served_by(apps.get_app),
    UpdateApp.served_by(apps.update_app),
    PatchApp.served_by(apps.patch_app),
    DeleteApp.served_by(apps.delete_app),
    LoginAnonymous.served_by(auth.login_anonymous),
    LoginNickname.served_by(auth.login_nickname),
    LoginGoogle.served_by(auth.login_google),
    GetBuilds.served_by(builds.get_builds),
    CreateBuild.served_by(builds.create_build),
    CreateBuildRegistry.served_by(builds.create_build_registry),
    GetBuild.served_by(builds.get_build),
    RunBuild.served_by(builds.run_build),
    RunBuildRegistry.served_by(builds.run_build_registry),
    DeleteBuild.served_by(builds.delete_build),
    GetDeployments.served_by(deployments.get_deployments),
    CreateDeployment.served_by(deployments.create_deployment),
    GetLatestDeployment.served_by(deployments.get_latest_deployment),
    GetDeployment.served_by(deployments.get_deployment),
    GetLease.served_by(leases.get_lease),
    AcquireLease.served_by(leases.acquire_lease),
    RenewLease.served_by(leases.renew_lease),
    ReleaseLease.served_by(leases.release_lease),
    GetLatestProcesses.served_by(processes.get_latest_processes),
    GetProcessesCountExperimental.served_by(processes.get_processes_count),
    GetProcessMetrics.served_by(process_metrics.get_process_metrics),
    CreateProcess.served_by(processes.create_process),
    GetProcess.served_by(processes.get_process),
    StopProcess.served_by(processes.stop_process),
    CreateRoom.served_by(rooms.create_room),
    GetConnectionInfo.served_by(rooms.get_connection_info),
    GetRoomInfo.served_by(rooms.get_room_info),
    GetActiveRoomsForProcess.served_by(rooms.get_active_rooms),
    GetInactiveRoomsForProcess.served_by(rooms.get_inactive_rooms),
    DestroyRoom.served_by(rooms.destroy_room),
    ResumeRoom.served_by(rooms.resume_room),
    UpdateRoomConfig.served_by(rooms.update_room_config),
    CreateLobby.served_by(lobbies.create_lobby),
    GetLobbyInfoByRoomId.served_by(lobbies.get_lobby_info_by_room_id),
    GetLobbyInfoByShortCode.served_by(lobbies.get_lobby_info_by_short_code),
    ListActivePublicLobbies.served_by(lobbies.list_active_public_lobbies),
    GetLogsForProcess.served_by(logs.get_logs_for_process),
    DownloadLogForProcess.served_by(logs.download_log_for_process),
    GetFleets.served_by(fleets.get_fleets),
    CreateFleet.served_by(fleets.create_fleet),
    GetFleet.served_by(fleets.get_fleet),
    UpdateFleet.served_by(fleets.update_fleet),
    GetFleetRegion.served_by(fleets.get_fleet_region),
    UpdateFleetRegion.served_by(fleets.update_fleet_region),
    GetFleetMetrics.served_by(fleet_metrics.get_fleet_metrics),
    GetFleetRegionMetrics.served_by(fleet_metrics.get_fleet_region_metrics),
    GetNodeShapes.served_by(fleets.get_node_shapes),
    ListProvisionedNodes.served_by(nodes.list_provisioned_nodes),
    GetNode.served_by(nodes.get_node),
    InitStripeCustomerPortalUrl.served_by(billing.init_stripe_customer_portal_url),
    GetInvoices.served_by(billing.get_invoices),
    GetPaymentMethod.served_by(billing.get_payment_method),
    GetUpcomingInvoiceItems.served_by(billing.get_upcoming_invoice_items),
    GetUpcomingInvoiceTotal.served_by(billing.get_upcoming_invoice_total),
    SendVerificationEmail.served_by(management.send_verification_email),
    GetUsageLimits.served_by(usage.get_usage_limits),
    GetPingServiceEndpoints.served_by(discovery.get_ping_service_endpoints),
    GetOrgs.served_by(orgs.get_orgs),
    GetOrgMembers.served_by(members.get_org_members),
    UpdateUserInvite.served_by(members.update_user_invite),
    InviteUser.served_by(invites.invite_user),
    RescindInvite.served_by(invites.rescind_invite),
    GetOrgPendingInvites.served_by(invites.get_org_pending_invites),
    GetUserPendingInvites.served_by(invites.get_user_pending_invites),
    AcceptInvite.served_by(invites.accept_invite),
    RejectInvite.served_by(invites.reject_invite),
    GetOrgTokens.served_by(tokens.get_org_tokens),
    CreateOrgToken.served_by(tokens.create_org_token),
    RevokeOrgToken.served_by(tokens.revoke_org_token),
    ImportApp.served_by(imports.import_app),
]

DEPRECATED_ROUTES: Final[list[Route[Call]]] = [
    GetAppsV1Deprecated.served_by(apps_v1.get_apps),
    CreateAppV1Deprecated.served_by(apps_v1.create_app),
    GetAppInfoV1Deprecated.served_by(apps_v1.get_app),
    UpdateAppV1Deprecated.served_by(apps_v1.update_app),
    DeleteAppV1Deprecated.served_by(apps_v1.delete_app),
    GetBuildsDeprecated.served_by(builds_v1.get_builds),
    CreateBuildDeprecated.served_by(builds_v1.create_build),
    GetBuildInfoDeprecated.served_by(builds_v1.get_build),
    RunBuildDeprecated.served_by(builds_v1.run_build),
    DeleteBuildDeprecated.served_by(builds_v1.delete_build),
    GetBuildsV2Deprecated.served_by(builds_v1.get_builds),
    CreateBuildV2Deprecated.served_by(builds_v1.create_build),
    CreateWithMultipartUploadsV2Deprecated.served_by(builds_v2.create_with_multipart_uploads),
    CreateBuildWithUploadUrlV2Deprecated.served_by(builds_v2.create_with_upload_url),
    GetBuildInfoV2Deprecated.served_by(builds_v1.get_build),
    RunBuildV2Deprecated.served_by(builds_v2.run_build),
    DeleteBuildV2Deprecated.served_by(builds_v1.delete_build),
    GetDeploymentsV1Deprecated.served_by(deployments_v1.get_deployments),
    CreateDeploymentV1Deprecated.served_by(deployments_v1.create_deployment),
    GetLatestDeploymentV1Deprecated.served_by(deployments_v1.get_latest_deployment),
    GetDeploymentInfoV1Deprecated.served_by(deployments_v1.get_deployment),
    GetDeploymentsV2Deprecated.served_by(deployments_v2.get_deployments),
    CreateDeploymentV2Deprecated.served_by(deployments_v2.create_deployment),
    GetLatestDeploymentV2Deprecated.served_by(deployments_v2.get_latest_deployment),
    GetDeploymentInfoV2Deprecated.served_by(deployments_v2.get_deployment),
    GetProcessInfoDeprecated.served_by(processes_v1.get_process),
    GetRunningProcesses.served_by(processes_v1.get_running_processes),
    GetStoppedProcesses.served_by(processes_v1.get_stopped_processes),
    GetLatestProcessesV2Deprecated.served_by(processes_v2.get_latest_processes),
    GetProcessesCountExperimentalV2Deprecated.served_by(processes_v2.get_processes_count),
    CreateProcessV2Deprecated.served_by(processes_v2.create_process),
    GetProcessInfoV2Deprecated.served_by(processes_v2.get_process),
    StopProcessV2Deprecated.served_by(processes_v2.stop_process),
    CreateRoomDeprecated.served_by(rooms_v1.create_room),
    GetConnectionInfoDeprecated.served_by(rooms_v1.get_connection_info),
    GetRoomInfoDeprecated.served_by(rooms_v1.get_room_info),
    GetActiveRoomsForProcessDeprecated.served_by(rooms_v1.get_active_rooms),
    GetInactiveRoomsForProcessDeprecated.served_by(rooms_v1.get_inactive_rooms),
    DestroyRoomDeprecated.served_by(rooms_v1.destroy_room),
    SuspendRoomDeprecated.served_by(rooms_v1.suspend_room),
    SuspendRoomV2Deprecated.served_by(rooms_v2.suspend_room),
    GetLogsForApp.served_by(logs_v1.get_logs_for_app),
    GetLogsForDeployment.served_by(logs_v1.get_logs_for_deployment),
    GetPingServiceEndpointsDeprecated.served_by(discovery_v1.get_ping_service_endpoints),
]
"""What old clients still call. The others that are deprecated answer 410, and say what to call instead."""
