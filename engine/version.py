"""Version of the numbers: raised whenever the same inputs could give other figures."""

ENGINE_VERSION = "2"
