"""Operations of the tag ``profiles``: the catalogue of profiles."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import asdict

from palaver.auth.principal import Principal
from palaver.contract.reply import Reply
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import Profile, ProfileCreate, ProfilePage, ProfileUpdate
from palaver.store import ProfileRecord


def list_profiles(
    *, principal: Principal, backend: Backend, limit: int, cursor: str | None
) -> ProfilePage:
    """List the catalogue; every user sees all of it."""
    page = backend.store.profiles.page(limit=limit, cursor=cursor)
    return ProfilePage(
        profiles=[_shape(record) for record in page.items],
        count=len(page.items),
        next_cursor=page.next_cursor,
    )


def create_profile(
    *, principal: Principal, backend: Backend, idempotency_key: str | None, body: ProfileCreate
) -> Reply[Profile]:
    """Add an entry that belongs to the caller."""
    given = {name: value for name, value in asdict(body).items() if value is not UNSET}
    key = once(idempotency_key, principal, "create_profile", body=body)
    record = backend.store.profiles.create(created_by=principal.subject, once=key, **given)
    return Reply(_shape(record), headers={"Location": f"/api/profiles/{record.profile_id}"})


def get_profile(*, principal: Principal, backend: Backend, profile_id: int) -> Profile:
    """Read an entry; every user may."""
    return _shape(backend.store.profiles.get(profile_id))


def update_profile(
    *, principal: Principal, backend: Backend, profile_id: int, body: ProfileUpdate
) -> Profile:
    """Change the given fields; absent ones stay."""
    changes = {name: value for name, value in asdict(body).items() if value is not UNSET}
    return _shape(
        backend.store.profiles.update(profile_id, changes=changes, viewer=principal.viewer)
    )


def delete_profile(*, principal: Principal, backend: Backend, profile_id: int) -> None:
    """Take an entry out of the catalogue."""
    backend.store.profiles.delete(profile_id, viewer=principal.viewer)


def _shape(record: ProfileRecord) -> Profile:
    return Profile(
        profile_id=record.profile_id,
        name=record.name,
        description=record.description,
        instructions=record.instructions,
        created_by=record.created_by,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )
