"""A stand-in for the exchange on loopback: Bybit's V5 public market endpoints as documented.

`Exchange` is the server, `Book` what it knows of the market, `VirtualClock` its time, `Faults` what it does
wrong on demand.
"""
