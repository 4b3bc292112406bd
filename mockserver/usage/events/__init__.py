"""Events: ingestion, lists, usage questions, analytics (behaviour/events-and-usage)."""
