"""Schedules of subscriptions: pending cancellations and plan changes (facts/04 §18)."""
