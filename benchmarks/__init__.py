"""The project's benchmark: ``python -m benchmarks``.

It compares the server with simpler programs that do less, in one run on one machine, because ratios travel between
machines and absolute numbers do not.
"""
