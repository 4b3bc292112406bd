"""The parts of docs/reference that the code says by itself.

A page is written by hand but for its blocks: ``<!-- from code: NAME -->`` to ``<!-- /from code -->`` holds what the
block of that name makes. ``python -m docs.generate`` writes them anew; running it twice changes nothing, and a test
fails when a page is not what the code makes.
"""
