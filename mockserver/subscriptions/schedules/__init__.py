"""Schedules of subscriptions: pending cancellations and plan changes (behaviour/subscriptions#schedules)."""
