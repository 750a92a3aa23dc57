"""Searches and what their parameter sets gave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _counter() -> sa.Column:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "searches",
        _counter(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("strategy_id", sa.Text(), nullable=True),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_searches"),
        sa.UniqueConstraint("id", name="uq_searches_id"),
        sa.UniqueConstraint("identity", name="uq_searches_identity"),
        sa.ForeignKeyConstraint(["strategy_id"], ["strategies.id"], name="fk_searches_strategy_id"),
    )
    op.create_table(
        "search_results",
        sa.Column("search_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("trial_hash", sa.Text(), nullable=True),
        sa.Column("metrics", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("search_id", "number", name="pk_search_results"),
        sa.ForeignKeyConstraint(
            ["search_id"], ["searches.id"], name="fk_search_results_search_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    for table in ("search_results", "searches"):
        op.drop_table(table)
