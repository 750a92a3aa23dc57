"""The ledger: returns of trials, lineages, and reads past a holdout."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RETURNS = (
    ("returns_start_ms", sa.BigInteger()),
    ("returns_period_ms", sa.BigInteger()),
    ("returns_values", sa.LargeBinary()),
)


def _counter() -> sa.Column:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)


def upgrade() -> None:
    for name, kind in _RETURNS:
        op.add_column("trials", sa.Column(name, kind, nullable=True))
    op.drop_index("ix_trials_base_asset", "trials")
    op.create_index("ix_trials_base_asset_seq", "trials", ["base_asset", "seq"])
    op.create_index("ix_trials_code_hash", "trials", ["code_hash"])
    op.create_index("ix_runs_code_hash", "runs", ["code_hash"])
    op.create_table(
        "lineages",
        _counter(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_lineages"),
        sa.UniqueConstraint("id", name="uq_lineages_id"),
        sa.ForeignKeyConstraint(["merged_into"], ["lineages.id"], name="fk_lineages_merged_into"),
    )
    op.create_table(
        "lineage_members",
        _counter(),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("lineage_id", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("like_code_hash", sa.Text(), nullable=True),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_lineage_members"),
        sa.UniqueConstraint("code_hash", name="uq_lineage_members_code_hash"),
        sa.ForeignKeyConstraint(["lineage_id"], ["lineages.id"], name="fk_lineage_members_lineage_id"),
    )
    op.create_index("ix_lineage_members_lineage_id", "lineage_members", ["lineage_id"])
    op.create_table(
        "holdout_reads",
        _counter(),
        sa.Column("base_asset", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("holdout_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_holdout_reads"),
        sa.UniqueConstraint(
            "base_asset",
            "series",
            "reader",
            "holdout_from_ms",
            name="uq_holdout_reads_base_asset_series_reader_holdout_from_ms",
        ),
    )


def downgrade() -> None:
    for table in ("holdout_reads", "lineage_members", "lineages"):
        op.drop_table(table)
    op.drop_index("ix_runs_code_hash", "runs")
    op.drop_index("ix_trials_code_hash", "trials")
    op.drop_index("ix_trials_base_asset_seq", "trials")
    op.create_index("ix_trials_base_asset", "trials", ["base_asset"])
    with op.batch_alter_table("trials") as trials:
        for name, _ in _RETURNS:
            trials.drop_column(name)
