"""What a strategy makes of other conditions: costs, delay, chance, other parameters, more capital."""
