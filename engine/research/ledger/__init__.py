"""The trial ledger: who belongs to one idea, and how many independent things were tried."""
