"""Discord's order of permissions."""

from __future__ import annotations

import pytest

from sandbox.discord.errors import DiscordError
from sandbox.discord.permissions import (
    EVERYTHING,
    NOTHING,
    Overwrite,
    Permission,
    compute,
    effective,
    require,
)

GUILD, OWNER, MEMBER, MODERATOR_ROLE, ARTIST_ROLE = 1, 104, 101, 20, 21

VIEW = Permission.VIEW_CHANNEL
SEND = Permission.SEND_MESSAGES
ATTACH = Permission.ATTACH_FILES
EMBED = Permission.EMBED_LINKS
MANAGE = Permission.MANAGE_MESSAGES

ROLES = {GUILD: VIEW | SEND, MODERATOR_ROLE: MANAGE, ARTIST_ROLE: ATTACH}


def of_member(
    *overwrites: Overwrite,
    roles: tuple[int, ...] = (),
    user: int = MEMBER,
    grants: dict[int, int] | None = None,
) -> Permission:
    """Return what somebody may do, by default a plain member."""
    return compute(
        user_id=user,
        owner_id=OWNER,
        guild_id=GUILD,
        role_permissions={**ROLES, **(grants or {})},
        member_roles=roles,
        overwrites=overwrites,
    )


def test_a_member_has_what_everyone_has() -> None:
    assert of_member() == VIEW | SEND


def test_roles_add_to_what_everyone_has() -> None:
    assert of_member(roles=(MODERATOR_ROLE, ARTIST_ROLE)) == VIEW | SEND | MANAGE | ATTACH


def test_a_role_that_the_server_does_not_have_gives_nothing() -> None:
    assert of_member(roles=(999,)) == VIEW | SEND


def test_the_owner_may_do_everything_whatever_the_channel_says() -> None:
    assert of_member(Overwrite(OWNER, 1, 0, VIEW), user=OWNER) == EVERYTHING


def test_an_administrator_may_do_everything_whatever_the_channel_says() -> None:
    grants = {MODERATOR_ROLE: int(Permission.ADMINISTRATOR)}
    held = of_member(Overwrite(GUILD, 0, 0, VIEW), roles=(MODERATOR_ROLE,), grants=grants)
    assert held == EVERYTHING


def test_a_channel_can_take_from_everyone() -> None:
    assert of_member(Overwrite(GUILD, 0, 0, SEND)) == VIEW


def test_a_roles_overwrite_beats_that_of_everyone() -> None:
    overwrites = (Overwrite(MODERATOR_ROLE, 0, SEND, 0), Overwrite(GUILD, 0, 0, SEND))
    assert SEND in of_member(*overwrites, roles=(MODERATOR_ROLE,))
    assert SEND not in of_member(*overwrites)


def test_everyones_own_role_among_a_members_changes_nothing() -> None:
    overwrites = (Overwrite(GUILD, 0, 0, SEND), Overwrite(MODERATOR_ROLE, 0, SEND, 0))
    assert SEND in of_member(*overwrites, roles=(GUILD, MODERATOR_ROLE))
    overwrites = (Overwrite(GUILD, 0, SEND, 0), Overwrite(MODERATOR_ROLE, 0, 0, SEND))
    assert SEND not in of_member(*overwrites, roles=(GUILD, MODERATOR_ROLE))


def test_what_one_role_allows_beats_what_another_denies() -> None:
    overwrites = (Overwrite(MODERATOR_ROLE, 0, SEND, 0), Overwrite(ARTIST_ROLE, 0, 0, SEND))
    assert SEND in of_member(*overwrites, roles=(MODERATOR_ROLE, ARTIST_ROLE))
    assert SEND in of_member(*reversed(overwrites), roles=(MODERATOR_ROLE, ARTIST_ROLE))


def test_a_members_overwrite_beats_those_of_roles() -> None:
    overwrites = (Overwrite(MEMBER, 1, 0, SEND), Overwrite(MODERATOR_ROLE, 0, SEND, 0))
    assert SEND not in of_member(*overwrites, roles=(MODERATOR_ROLE,))


def test_the_overwrites_of_others_do_not_matter() -> None:
    assert of_member(Overwrite(102, 1, 0, SEND), Overwrite(ARTIST_ROLE, 0, 0, SEND)) == VIEW | SEND


def test_a_members_id_that_is_also_a_roles_is_not_mixed_up() -> None:
    assert SEND in of_member(Overwrite(MEMBER, 0, 0, SEND))


def test_without_seeing_the_channel_nothing_is_left() -> None:
    assert effective(EVERYTHING & ~VIEW) == NOTHING


@pytest.mark.parametrize("lost", [ATTACH, EMBED, Permission.MENTION_EVERYONE])
def test_whoever_may_not_send_may_not_attach_embed_or_mention_everyone(lost: Permission) -> None:
    assert lost not in effective(EVERYTHING & ~SEND)
    assert lost in effective(EVERYTHING)


def test_in_a_thread_sending_in_the_channel_has_no_effect() -> None:
    assert ATTACH in effective(EVERYTHING & ~SEND, in_thread=True)


def test_in_a_thread_sending_in_threads_decides() -> None:
    held = effective(EVERYTHING & ~Permission.SEND_MESSAGES_IN_THREADS, in_thread=True)
    assert ATTACH not in held
    assert VIEW in held


def test_a_voice_channel_wants_connect() -> None:
    assert effective(EVERYTHING & ~Permission.CONNECT, in_voice=True) == NOTHING
    assert effective(EVERYTHING & ~Permission.CONNECT) != NOTHING


def test_what_is_held_is_not_refused() -> None:
    require(VIEW | SEND, SEND)


@pytest.mark.parametrize(
    ("held", "code"), [(SEND, 50001), (NOTHING, 50001), (VIEW, 50013), (VIEW | SEND, 50013)]
)
def test_a_lack_is_missing_access_only_where_nothing_is_seen(held: Permission, code: int) -> None:
    with pytest.raises(DiscordError) as caught:
        require(held, SEND, ATTACH)
    assert (caught.value.status, caught.value.code) == (403, code)


def test_the_bits_are_discords() -> None:
    invite = (
        VIEW
        | SEND
        | EMBED
        | ATTACH
        | Permission.READ_MESSAGE_HISTORY
        | Permission.CREATE_PUBLIC_THREADS
        | Permission.SEND_MESSAGES_IN_THREADS
    )
    assert int(invite) == 309237763072
    assert int(Permission.PIN_MESSAGES) == 1 << 51
