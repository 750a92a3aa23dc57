"""Statistics of trials: plain functions on numpy arrays, each with its paper; None where undefined."""
