"""Moving a subscription to another plan: by a new subscription (v1) or in place (v2)
(behaviour/subscriptions#addons)."""
