"""The order of events of `docs/engine.md` for runs of signals, compiled. `walk.walk` is the way in."""
