"""The proof of the walls: hostile strategies run on this very machine, judged from outside the sandbox.

`prove.prove` runs a corpus in the product, against the walls alone and against the language layer alone;
`document` is its result, `book` keeps it in the home folder, and the loader asks that for what leaked.
"""
