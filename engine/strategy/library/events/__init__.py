"""Ready event-shaped strategies: trusted classes (`engine.strategy.events`), unlike the texts beside them."""
