"""The tables of servers and their members: decisions, quotas, blocks, acts, and open forms.

They belong to the same metadata as those in `bot.store.tables`, and the same test holds them to the
migrations.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.acts import ActKind
from bot.drafts import FoundPicture
from bot.servers import ThreadMode
from bot.store.columns import Moment, RecordList, quoted, word
from bot.store.tables import metadata

#: A row is there once a server has decided anything.
servers = sa.Table(
    "servers",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("spoiler", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("own_pictures_only", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("thread_mode", word(ThreadMode), nullable=False),
    sa.Column("log_channel_id", sa.BigInteger),
    sa.Column("daily_credits", sa.BigInteger),
    sa.Column("member_daily_credits", sa.BigInteger),
    sa.Column("member_concurrent_jobs", sa.BigInteger),
    sa.CheckConstraint(f"thread_mode IN ({quoted(ThreadMode)})", name="servers_thread_mode_known"),
)

#: The channels and categories in which a server lets Easel be used; none means everywhere.
server_places = sa.Table(
    "server_places",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place_id", sa.BigInteger, primary_key=True, autoincrement=False),
)

#: What the bearers of a role may spend in a server; None leaves that half to the next rule.
role_quotas = sa.Table(
    "role_quotas",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("role_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("daily_credits", sa.BigInteger),
    sa.Column("concurrent_jobs", sa.BigInteger),
)

#: What one member may spend in a server; what was spent there before `reset_at` does not count any more.
member_quotas = sa.Table(
    "member_quotas",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("daily_credits", sa.BigInteger),
    sa.Column("concurrent_jobs", sa.BigInteger),
    sa.Column("reset_at", Moment),
)

#: Credits that a moderator gave on top, for one window.
credit_grants = sa.Table(
    "credit_grants",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("credits", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("credit_grants_of_member", "guild_id", "member_id", "at"),
)

#: Who may not ask for pictures in a server, until when (None: for good).
blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("until", Moment),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

#: What people with rights did; `due_at` is set while it is still to be told in the log channel, and
#: `tried_at` once somebody began to tell it.
acts = sa.Table(
    "acts",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    sa.Column("kind", word(ActKind), nullable=False),
    sa.Column("member_id", sa.BigInteger),
    sa.Column("job_id", sa.String(16)),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("due_at", Moment),
    sa.Column("tried_at", Moment),
    sa.Index("acts_of_guild", "guild_id", "id"),
    sa.Index("acts_about_member", "member_id", "id"),
)
sa.Index(
    "acts_to_tell",
    acts.c.due_at,
    acts.c.id,
    sqlite_where=acts.c.due_at.is_not(None),
    postgresql_where=acts.c.due_at.is_not(None),
)

#: Why a server's log channel takes nothing; a row goes when a line was taken.
log_troubles = sa.Table(
    "log_troubles",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("code", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("until", Moment, nullable=False),
)

#: A form for an edit that somebody has open, with the pictures that it is about, as JSON.
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("pictures", RecordList(FoundPicture), nullable=False),
    sa.Index("drafts_by_age", "created_at"),
)
