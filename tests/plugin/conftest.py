"""The sample is a project of its own: ``test_sample.py`` runs it."""

collect_ignore = ["sample"]
