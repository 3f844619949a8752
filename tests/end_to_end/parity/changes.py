"""Scenarios, one for each operation that makes or changes something, named like it.

A scenario is played once by each client, on a twin of its own, and tells what was returned and what
is there afterwards. Played by one client or the other, it must tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import requests

from hathora_deploy.api.multipart import CompletedPart, completion_document
from tests.cloud.handlers.conftest import game
from tests.end_to_end.parity.told import Json
from tests.end_to_end.parity.world import REGION, Caller, World

Seen = Iterator[Json]


def create_app(world: World, call: Caller) -> Seen:
    logins = {"nickname": {}, "google": {"clientId": "client"}}
    app = call("CreateApp", appName=world.new_name(), authConfiguration=logins)
    yield app
    yield world.see("GetApp", appId=app["appId"])


def update_app(world: World, call: Caller) -> Seen:
    app_id = world.new_app()
    service = {
        "staticProcessAllocation": [
            {"region": REGION, "minProcesses": 0, "targetProcesses": 0, "maxProcesses": 2}
        ]
    }
    yield call(
        "UpdateApp",
        appId=app_id,
        appName=world.new_name(),
        authConfiguration={},
        serviceConfig=service,
    )
    yield world.see("GetApp", appId=app_id)


def patch_app(world: World, call: Caller) -> Seen:
    app_id = world.new_app()
    yield call("PatchApp", appId=app_id, appName=world.new_name())
    yield call("PatchApp", appId=app_id, authConfiguration={"anonymous": {}})
    yield world.see("GetApp", appId=app_id)


def delete_app(world: World, call: Caller) -> Seen:
    app_id = world.new_app()
    yield call("DeleteApp", appId=app_id)
    apps = world.see("GetApps")["applications"]
    yield [app["appId"] for app in apps].count(app_id)


def init_stripe_customer_portal_url(world: World, call: Caller) -> Seen:
    yield call("InitStripeCustomerPortalUrl", returnUrl="https://example.com/back?a=b")


def send_verification_email(world: World, call: Caller) -> Seen:
    yield call("SendVerificationEmail", userId="auth0|1")


def create_build(world: World, call: Caller) -> Seen:
    build = call("CreateBuild", buildSizeInBytes=1234, buildTag="tag ü")
    yield build
    yield world.see("GetBuild", buildId=build["buildId"])


def create_build_registry(world: World, call: Caller) -> Seen:
    build = call("CreateBuildRegistry", buildId=world.new_name(), buildTag="tag ü")
    yield build
    yield world.see("GetBuild", buildId=build["buildId"])


def run_build(world: World, call: Caller) -> Seen:
    archive = game()
    build = call("CreateBuild", buildSizeInBytes=len(archive))
    (part,) = build["uploadParts"]
    put = requests.put(part["putRequestUrl"], data=archive, timeout=30)
    parts = completion_document([CompletedPart(part["partNumber"], put.headers["ETag"])])
    done = requests.post(build["completeUploadPostRequestUrl"], data=parts, timeout=30)
    assert done.ok, done.text
    yield call("RunBuild", buildId=build["buildId"]).replace(build["buildId"], "BUILD")
    yield world.see("GetBuild", buildId=build["buildId"])


def run_build_registry(world: World, call: Caller) -> Seen:
    """This cloud has no engine to pull with: the log says so, and the verdict too."""
    build_id = world.see("CreateBuildRegistry")["buildId"]
    url = "https://registry.example.com"
    yield call("RunBuildRegistry", buildId=build_id, image="game:1", registryUrl=url)
    yield world.see("GetBuild", buildId=build_id)


def delete_build(world: World, call: Caller) -> Seen:
    build_id = world.see("CreateBuild", buildSizeInBytes=1)["buildId"]
    yield call("DeleteBuild", buildId=build_id)
    yield [each["buildId"] for each in world.see("GetBuilds")["builds"]].count(build_id)


def create_deployment(world: World, call: Caller) -> Seen:
    deployment = call(
        "CreateDeployment",
        appId=world.new_app(),
        buildId=world.build.build_id,
        idleTimeoutEnabled=True,
        env=[{"name": "MOTD", "value": "a=b, c ü"}],
        roomsPerProcess=3,
        additionalContainerPorts=[{"name": "query", "port": 8888, "transportType": "udp"}],
        transportType="tcp",
        containerPort=7777,
        requestedMemoryMB=1024,
        requestedCPU=0.5,
        deploymentTag="tag ü",
    )
    yield deployment
    yield world.see("GetLatestDeployment", appId=deployment["appId"])


def create_fleet(world: World, call: Caller) -> Seen:
    fleet = call(
        "CreateFleet",
        name=world.new_name(),
        nodeShapeId="shape-amd64-4-8",
        autoscalerConfig={"scaleUpThreshold": 80},
    )
    yield fleet
    yield world.see("GetFleet", fleetId=fleet["fleetId"])


def update_fleet(world: World, call: Caller) -> Seen:
    fleet_id = _new_fleet(world)
    yield call(
        "UpdateFleet",
        fleetId=fleet_id,
        name=world.new_name(),
        autoscalerConfig={"scaleUpThreshold": 70},
    )
    yield world.see("GetFleet", fleetId=fleet_id)


def update_fleet_region(world: World, call: Caller) -> Seen:
    fleet_id = _new_fleet(world)
    yield call("UpdateFleetRegion", fleetId=fleet_id, region=REGION, nodeBaseline=2)
    yield world.see("GetFleetRegion", fleetId=fleet_id, region=REGION)


def invite_user(world: World, call: Caller) -> Seen:
    email = f"{world.new_name()}@example.com"
    yield call("InviteUser", orgId=world.org_id, userEmail=email, scopes=["builds:read"])
    yield _invite(world, email)
    yield call("InviteUser", orgId=world.org_id, userEmail=email)
    yield _invite(world, email)


def get_user_pending_invites(world: World, call: Caller) -> Seen:
    """It only reads, but who asks is a user, and each twin has its own."""
    user = world.user(_invited(world))
    yield call.as_(user)("GetUserPendingInvites")


def rescind_invite(world: World, call: Caller) -> Seen:
    email = _invited(world)
    yield call("RescindInvite", orgId=world.org_id, userEmail=email)
    yield _invite(world, email)


def accept_invite(world: World, call: Caller) -> Seen:
    email = _invited(world)
    yield call.as_(world.user(email))("AcceptInvite", orgId=world.org_id)
    yield _invite(world, email)
    yield _member(world, email)


def reject_invite(world: World, call: Caller) -> Seen:
    email = _invited(world)
    yield call.as_(world.user(email))("RejectInvite", orgId=world.org_id)
    yield _invite(world, email)
    yield _member(world, email)


def update_user_invite(world: World, call: Caller) -> Seen:
    email = _invited(world)
    yield call("UpdateUserInvite", orgId=world.org_id, userEmail=email, scopes=["fleets:read"])
    yield _invite(world, email)
    yield call("UpdateUserInvite", orgId=world.org_id, userEmail=email, scopes="member")
    yield _invite(world, email)


def get_usage_limits(world: World, call: Caller) -> Seen:
    """It only reads, but the hours go on while processes run."""
    yield call("GetUsageLimits", orgId=world.org_id)


def create_org_token(world: World, call: Caller) -> Seen:
    scopes = ["builds:read", "fleets:read-write"]
    yield call("CreateOrgToken", orgId=world.org_id, name=world.new_name(), scopes=scopes)
    created = call("CreateOrgToken", orgId=world.org_id, name=world.new_name(), scopes="admin")
    yield created
    yield _token(world, created["orgToken"]["orgTokenId"])


def revoke_org_token(world: World, call: Caller) -> Seen:
    created = world.see("CreateOrgToken", orgId=world.org_id, name=world.new_name())
    token_id = created["orgToken"]["orgTokenId"]
    yield call("RevokeOrgToken", orgId=world.org_id, orgTokenId=token_id)
    yield _token(world, token_id)


def _new_fleet(world: World) -> str:
    fleet = world.see(
        "CreateFleet",
        name=world.new_name(),
        nodeShapeId="shape-amd64-4-8",
        autoscalerConfig={"scaleUpThreshold": 80},
    )
    return str(fleet["fleetId"])


def _invited(world: World) -> str:
    email = f"{world.new_name()}@example.com"
    world.see("InviteUser", orgId=world.org_id, userEmail=email, scopes="viewer")
    return email


def _invite(world: World, email: str) -> list[Json]:
    invites = world.see("GetOrgPendingInvites", orgId=world.org_id)["invites"]
    return [invite for invite in invites if invite["userEmail"] == email]


def _member(world: World, email: str) -> list[Json]:
    members = world.see("GetOrgMembers", orgId=world.org_id)["members"]
    return [member for member in members if member["userEmail"] == email]


def _token(world: World, token_id: str) -> list[Json]:
    tokens = world.see("GetOrgTokens", orgId=world.org_id)["tokens"]
    return [token for token in tokens if token["orgTokenId"] == token_id]
