"""Events: ingestion, lists, usage questions, analytics (facts/05)."""
