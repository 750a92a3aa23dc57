"""The report of a run: one self-contained HTML page (`page`) and one overview picture (`overview`)."""
