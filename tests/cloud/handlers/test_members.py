"""Members of organizations and invites, from both sides."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
import requests

from hathora_deploy.api.apps import AuthConfiguration
from hathora_deploy.api.errors import NotFound, Unauthorized, UnprocessableEntity
from hathora_deploy.api.orgs import OrgMember, UserRole
from hathora_deploy.api.tokens import Scope
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import users
from tests.cloud.handlers import studio
from tests.cloud.handlers.conftest import Running


@dataclass(frozen=True)
class Person:
    """A user, and a client with a token of the user's."""

    email: str
    client: HathoraCloud


@dataclass(frozen=True)
class Org:
    """A new organization without members, and a client with a token that may do everything."""

    running: Running
    org_id: str
    client: HathoraCloud
    admin: str
    """The token of the client."""

    def token(self, *scopes: Scope) -> HathoraCloud:
        created = self.client.tokens_v1.create_org_token(
            org_id=self.org_id, name=uuid.uuid4().hex, scopes=list(scopes)
        )
        return self.running.client_with(token=created.plain_text_token.reveal())

    def join(self, scopes: UserRole | list[Scope], person: Person | None = None) -> Person:
        """Somebody, new if not named, who was invited and has accepted."""
        person = person or somebody(self.running)
        self.client.organizations_v1.invite_user(
            org_id=self.org_id, user_email=person.email, scopes=scopes
        )
        person.client.organizations_v1.accept_invite(org_id=self.org_id)
        return person

    def member(self, person: Person) -> OrgMember:
        members = self.client.organizations_v1.get_org_members(org_id=self.org_id).members
        (found,) = [member for member in members if member.user_email == person.email]
        return found

    def invited(self) -> list[tuple[str, object]]:
        page = self.client.organizations_v1.get_org_pending_invites(org_id=self.org_id)
        return [(invite.user_email, invite.scopes) for invite in page.invites]


def somebody(running: Running) -> Person:
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    token = users.add_user(running.cloud.settings, email, None)
    return Person(email, running.client_with(token=token.reveal()))


def new_org(running: Running) -> Org:
    org = studio.new_org(running)
    return Org(running, org.org_id, running.client_with(token=org.admin), org.admin)


@pytest.fixture
def org(running: Running) -> Org:
    return new_org(running)


@pytest.fixture
def ann(running: Running) -> Person:
    return somebody(running)


def test_who_accepts_an_invite_is_a_member_with_what_the_invite_grants(
    org: Org, ann: Person
) -> None:
    invite = org.client.organizations_v1.invite_user(
        org_id=org.org_id, user_email=ann.email, scopes=UserRole.VIEWER
    )
    (seen,) = ann.client.organizations_v1.get_user_pending_invites().invites
    assert seen == invite
    assert (seen.org_id, seen.invited_by, seen.scopes) == (org.org_id, "root", "viewer")
    assert ann.client.organizations_v1.get_orgs().orgs == []

    ann.client.organizations_v1.accept_invite(org_id=org.org_id)

    (joined,) = ann.client.organizations_v1.get_orgs().orgs
    assert joined.org_id == org.org_id
    assert joined.scopes == [scope for scope in Scope if scope.endswith(":read")]
    member = org.member(ann)
    assert (member.scopes, member.invited_by) == ("viewer", "root")
    assert member.created_at == invite.created_at <= member.joined_at
    assert member.last_login is not None
    assert org.invited() == []
    assert ann.client.organizations_v1.get_user_pending_invites().invites == []


def test_an_invite_without_scopes_is_one_to_be_admin(org: Org, ann: Person) -> None:
    invite = org.client.organizations_v1.invite_user(org_id=org.org_id, user_email=ann.email)

    assert invite.scopes == UserRole.ADMIN


def test_who_rejects_an_invite_is_no_member_and_can_accept_it_no_more(
    org: Org, ann: Person
) -> None:
    org.client.organizations_v1.invite_user(org_id=org.org_id, user_email=ann.email)

    ann.client.organizations_v1.reject_invite(org_id=org.org_id)

    assert org.invited() == []
    with pytest.raises(NotFound, match="has not invited you"):
        ann.client.organizations_v1.accept_invite(org_id=org.org_id)
    assert org.client.organizations_v1.get_org_members(org_id=org.org_id).members == []


def test_an_invite_that_is_taken_back_cannot_be_accepted(org: Org, ann: Person) -> None:
    org.client.organizations_v1.invite_user(org_id=org.org_id, user_email=ann.email)

    org.client.organizations_v1.rescind_invite(org_id=org.org_id, user_email=ann.email)

    with pytest.raises(NotFound):
        ann.client.organizations_v1.accept_invite(org_id=org.org_id)
    with pytest.raises(NotFound, match="is not invited"):
        org.client.organizations_v1.rescind_invite(org_id=org.org_id, user_email=ann.email)


def test_an_invite_to_the_same_email_in_any_case_replaces_the_earlier_one(
    org: Org, ann: Person
) -> None:
    invite = org.client.organizations_v1.invite_user
    invite(org_id=org.org_id, user_email=ann.email.upper(), scopes=UserRole.ADMIN)
    invite(org_id=org.org_id, user_email=ann.email.title(), scopes=[Scope.BUILDS_READ])

    assert org.invited() == [(ann.email, [Scope.BUILDS_READ])]


def test_an_invite_to_somebody_else_is_not_found(org: Org, ann: Person) -> None:
    other = somebody(org.running)
    org.client.organizations_v1.invite_user(org_id=org.org_id, user_email=other.email)

    assert ann.client.organizations_v1.get_user_pending_invites().invites == []
    with pytest.raises(NotFound):
        ann.client.organizations_v1.accept_invite(org_id=org.org_id)
    with pytest.raises(NotFound):
        ann.client.organizations_v1.reject_invite(org_id=org.org_id)
    assert org.invited() == [(other.email, "admin")]


def test_only_a_user_answers_invites(org: Org) -> None:
    assert org.client.organizations_v1.get_user_pending_invites().invites == []
    for answer in (
        org.client.organizations_v1.accept_invite,
        org.client.organizations_v1.reject_invite,
    ):
        with pytest.raises(Unauthorized, match="only a user answers an invite"):
            answer(org_id=org.org_id)


def test_a_member_is_not_invited_again(org: Org) -> None:
    ann = org.join(UserRole.ADMIN)

    with pytest.raises(UnprocessableEntity, match="is a member already"):
        org.client.organizations_v1.invite_user(org_id=org.org_id, user_email=ann.email)


@pytest.mark.parametrize(
    "email",
    [
        *("", "ann", "@example.com", "ann@", "a b@example.com", "ann@exa mple.com", "a@@b.com"),
        *("änn@example.com", "\u212ann@example.com", "ann@example.com\n", "a" * 300 + "@b.com"),
    ],
)
def test_what_is_no_email_address_is_refused(org: Org, email: str) -> None:
    with pytest.raises(UnprocessableEntity, match="userEmail"):
        org.client.organizations_v1.invite_user(org_id=org.org_id, user_email=email)
    assert org.invited() == []


@pytest.mark.parametrize("scopes", ["owner", ["builds:write"], ["admin"], 7])
def test_scopes_that_do_not_exist_are_refused(org: Org, ann: Person, scopes: object) -> None:
    answer = requests.put(
        f"{org.running.endpoint}/orgs/v1/{org.org_id}/invites",
        json={"userEmail": ann.email, "scopes": scopes},
        headers={"Authorization": f"Bearer {org.admin}"},
    )

    assert answer.status_code == 422
    assert "scopes" in answer.json()["message"]


def test_scopes_of_a_member_can_be_changed_and_count_from_the_next_call(org: Org) -> None:
    org.join(UserRole.ADMIN)
    ann = org.join(UserRole.VIEWER)
    with pytest.raises(Unauthorized, match="applications:read-write"):
        ann.client.apps_v2.create_app(app_name="a", auth_configuration=AuthConfiguration())

    changed = org.client.organizations_v1.update_user_invite(
        org_id=org.org_id, user_email=ann.email.upper(), scopes=UserRole.MEMBER
    )

    assert changed is True
    app = ann.client.apps_v2.create_app(app_name="a", auth_configuration=AuthConfiguration())
    assert (app.org_id, app.created_by) == (org.org_id, ann.email)
    assert org.member(ann).scopes == UserRole.MEMBER


def test_scopes_of_an_invite_can_be_changed_before_it_is_accepted(org: Org, ann: Person) -> None:
    org.client.organizations_v1.invite_user(org_id=org.org_id, user_email=ann.email)

    org.client.organizations_v1.update_user_invite(
        org_id=org.org_id, user_email=ann.email, scopes=[Scope.FLEETS_READ]
    )

    ann.client.organizations_v1.accept_invite(org_id=org.org_id)
    assert org.member(ann).scopes == [Scope.FLEETS_READ]


def test_scopes_of_nobody_cannot_be_changed(org: Org, ann: Person) -> None:
    with pytest.raises(UnprocessableEntity, match="is no member, and is not invited"):
        org.client.organizations_v1.update_user_invite(
            org_id=org.org_id, user_email=ann.email, scopes=UserRole.VIEWER
        )


@pytest.mark.parametrize("scopes", [UserRole.MEMBER, [], [*Scope][1:]])
def test_the_last_admin_stays_one(org: Org, scopes: UserRole | list[Scope]) -> None:
    first, _ = org.join(UserRole.ADMIN), org.join(UserRole.MEMBER)

    with pytest.raises(UnprocessableEntity, match="is the last admin"):
        first.client.organizations_v1.update_user_invite(
            org_id=org.org_id, user_email=first.email, scopes=scopes
        )

    second = org.join([*Scope])  # every scope there is, which is what an admin has
    first.client.organizations_v1.update_user_invite(
        org_id=org.org_id, user_email=first.email, scopes=scopes
    )
    assert org.member(first).scopes == scopes
    with pytest.raises(UnprocessableEntity, match="is the last admin"):
        second.client.organizations_v1.update_user_invite(
            org_id=org.org_id, user_email=second.email, scopes=UserRole.VIEWER
        )


def test_nobody_gives_or_takes_a_scope_without_having_it(org: Org, ann: Person) -> None:
    admin, viewer = org.join(UserRole.ADMIN), org.join(UserRole.VIEWER)
    inviter = org.token(Scope.ORGS_READ_WRITE, Scope.BUILDS_READ).organizations_v1

    for scopes in (None, UserRole.ADMIN, UserRole.MEMBER, [Scope.BUILDS_READ_WRITE]):
        with pytest.raises(Unauthorized, match="builds:read-write"):
            inviter.invite_user(org_id=org.org_id, user_email=ann.email, scopes=scopes)
    for person in (admin, viewer):
        with pytest.raises(Unauthorized, match="applications:read"):
            inviter.update_user_invite(
                org_id=org.org_id, user_email=person.email, scopes=[Scope.BUILDS_READ]
            )
    assert org.member(admin).scopes == UserRole.ADMIN
    assert org.member(viewer).scopes == UserRole.VIEWER
    assert org.invited() == []

    inviter.invite_user(org_id=org.org_id, user_email=ann.email, scopes=[Scope.BUILDS_READ])
    assert org.invited() == [(ann.email, [Scope.BUILDS_READ])]


def test_a_user_of_two_organizations_may_in_each_what_it_grants(running: Running) -> None:
    first, second = new_org(running), new_org(running)
    ann = first.join(UserRole.VIEWER)
    second.join(UserRole.ADMIN, ann)
    apps = ann.client.apps_v2
    seen = first.client.apps_v2.create_app(app_name="a", auth_configuration=AuthConfiguration())

    own = apps.create_app(app_name="b", auth_configuration=AuthConfiguration())
    assert own.org_id == second.org_id, "of her organizations, the first that lets her"
    assert apps.get_app(app_id=seen.app_id) == seen
    assert [app.app_id for app in apps.get_apps().applications] == [seen.app_id]
    assert [app.app_id for app in apps.get_apps(org_id=second.org_id).applications] == [own.app_id]

    lacking = f"the token lacks the scope applications:read-write in organization {first.org_id}"
    with pytest.raises(Unauthorized, match=lacking):
        apps.delete_app(app_id=seen.app_id)
    with pytest.raises(Unauthorized, match=lacking):
        apps.create_app(org_id=first.org_id, app_name="c", auth_configuration=AuthConfiguration())
    with pytest.raises(NotFound):
        apps.get_app(app_id=str(running.new_app().app_id))


def test_a_build_is_looked_for_in_the_organization_that_is_named(running: Running) -> None:
    first, second = new_org(running), new_org(running)
    ann = first.join(UserRole.ADMIN)
    second.join(UserRole.ADMIN, ann)
    builds = ann.client.builds_v3
    for org in (first, second):
        builds.create_build(org_id=org.org_id, build_size_in_bytes=1, build_id="nightly")

    assert builds.get_build(build_id="nightly").org_id == first.org_id
    builds.delete_build(build_id="nightly", org_id=second.org_id)
    with pytest.raises(NotFound):
        builds.get_build(build_id="nightly", org_id=second.org_id)
    assert builds.get_build(build_id="nightly").org_id == first.org_id


def test_a_user_of_no_organization_finds_nothing(ann: Person) -> None:
    assert ann.client.organizations_v1.get_orgs().orgs == []
    with pytest.raises(Unauthorized, match="applications:read"):
        ann.client.apps_v2.get_apps()


def test_the_members_of_another_organization_are_nobodys_business(org: Org) -> None:
    other = new_org(org.running).client.organizations_v1

    for refused in (
        lambda: other.get_org_members(org_id=org.org_id),
        lambda: other.get_org_pending_invites(org_id=org.org_id),
        lambda: other.invite_user(org_id=org.org_id, user_email="eve@example.com"),
        lambda: other.update_user_invite(
            org_id=org.org_id, user_email="eve@example.com", scopes=UserRole.ADMIN
        ),
    ):
        with pytest.raises(Unauthorized, match="is open to this token"):
            refused()
    with pytest.raises(NotFound):
        other.rescind_invite(org_id=org.org_id, user_email="eve@example.com")
    assert org.invited() == []


def test_a_login_is_noted_once_an_hour_not_at_every_call(org: Org) -> None:
    ann = org.join(UserRole.ADMIN)
    seen = org.member(ann).last_login

    ann.client.organizations_v1.get_orgs()

    assert seen is not None
    assert org.member(ann).last_login == seen
