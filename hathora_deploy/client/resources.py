"""Table of contents of the client: every operation as a typed method, grouped as in Hathora's SDKs."""

from __future__ import annotations

from hathora_deploy.api import (
    apps,
    auth,
    billing,
    builds,
    deployments,
    discovery,
    fleets,
    lobbies,
    logs,
    management,
    nodes,
    orgs,
    processes,
    rooms,
    tokens,
)
from hathora_deploy.client.call import Resource, call, player_call, stream_call


class AppsV2(Resource):
    """Applications."""

    get_apps = call(apps.GetApps)
    create_app = call(apps.CreateApp)
    delete_app = call(apps.DeleteApp)
    get_app = call(apps.GetApp)
    patch_app = call(apps.PatchApp)
    update_app = call(apps.UpdateApp)


class AuthV1(Resource):
    """Player login."""

    login_anonymous = call(auth.LoginAnonymous)
    login_google = call(auth.LoginGoogle)
    login_nickname = call(auth.LoginNickname)


class BillingV1(Resource):
    """Invoices and payment."""

    init_stripe_customer_portal_url = call(billing.InitStripeCustomerPortalUrl)
    get_invoices = call(billing.GetInvoices)
    get_payment_method = call(billing.GetPaymentMethod)
    get_upcoming_invoice_items = call(billing.GetUpcomingInvoiceItems)
    get_upcoming_invoice_total = call(billing.GetUpcomingInvoiceTotal)


class BuildsV3(Resource):
    """Builds."""

    get_builds = call(builds.GetBuilds)
    create_build = call(builds.CreateBuild)
    create_build_registry = call(builds.CreateBuildRegistry)
    delete_build = call(builds.DeleteBuild)
    get_build = call(builds.GetBuild)
    run_build = stream_call(builds.RunBuild)
    run_build_registry = stream_call(builds.RunBuildRegistry)


class DeploymentsV3(Resource):
    """Deployments."""

    get_deployments = call(deployments.GetDeployments)
    create_deployment = call(deployments.CreateDeployment)
    get_latest_deployment = call(deployments.GetLatestDeployment)
    get_deployment = call(deployments.GetDeployment)


class DiscoveryV2(Resource):
    """Ping endpoints of the regions."""

    get_ping_service_endpoints = call(discovery.GetPingServiceEndpoints)


class FleetsV2(Resource):
    """Fleets."""

    get_fleets = call(fleets.GetFleets)
    create_fleet = call(fleets.CreateFleet)
    get_fleet = call(fleets.GetFleet)
    update_fleet = call(fleets.UpdateFleet)
    get_fleet_metrics = call(fleets.GetFleetMetrics)
    get_fleet_region = call(fleets.GetFleetRegion)
    get_fleet_region_metrics = call(fleets.GetFleetRegionMetrics)
    update_fleet_region = call(fleets.UpdateFleetRegion)
    get_node_shapes = call(fleets.GetNodeShapes)


class LobbiesV3(Resource):
    """Lobbies."""

    create_lobby = player_call(lobbies.CreateLobby)
    get_lobby_info_by_room_id = call(lobbies.GetLobbyInfoByRoomId)
    get_lobby_info_by_short_code = call(lobbies.GetLobbyInfoByShortCode)
    list_active_public_lobbies = call(lobbies.ListActivePublicLobbies)


class LogsV1(Resource):
    """The output of processes."""

    get_logs_for_process = stream_call(logs.GetLogsForProcess)
    download_log_for_process = stream_call(logs.DownloadLogForProcess)


class ManagementV1(Resource):
    """Sign-up."""

    send_verification_email = call(management.SendVerificationEmail)


class NodesV1(Resource):
    """Nodes."""

    list_provisioned_nodes = call(nodes.ListProvisionedNodes)
    get_node = call(nodes.GetNode)


class OrganizationsV1(Resource):
    """Organizations, members and invites."""

    get_orgs = call(orgs.GetOrgs)
    get_usage_limits = call(orgs.GetUsageLimits)
    get_user_pending_invites = call(orgs.GetUserPendingInvites)
    update_user_invite = call(orgs.UpdateUserInvite)
    invite_user = call(orgs.InviteUser)
    accept_invite = call(orgs.AcceptInvite)
    get_org_pending_invites = call(orgs.GetOrgPendingInvites)
    reject_invite = call(orgs.RejectInvite)
    rescind_invite = call(orgs.RescindInvite)
    get_org_members = call(orgs.GetOrgMembers)


class ProcessesV3(Resource):
    """Processes."""

    get_processes_count_experimental = call(processes.GetProcessesCountExperimental)
    get_latest_processes = call(processes.GetLatestProcesses)
    get_process_metrics = call(processes.GetProcessMetrics)
    create_process = call(processes.CreateProcess)
    get_process = call(processes.GetProcess)
    stop_process = call(processes.StopProcess)


class RoomsV2(Resource):
    """Rooms."""

    get_connection_info = call(rooms.GetConnectionInfo)
    create_room = call(rooms.CreateRoom)
    destroy_room = call(rooms.DestroyRoom)
    get_room_info = call(rooms.GetRoomInfo)
    get_active_rooms_for_process = call(rooms.GetActiveRoomsForProcess)
    get_inactive_rooms_for_process = call(rooms.GetInactiveRoomsForProcess)
    resume_room = call(rooms.ResumeRoom)
    update_room_config = call(rooms.UpdateRoomConfig)


class TokensV1(Resource):
    """Organization tokens."""

    get_org_tokens = call(tokens.GetOrgTokens)
    create_org_token = call(tokens.CreateOrgToken)
    revoke_org_token = call(tokens.RevokeOrgToken)
