"""Moving a subscription to another plan: by a new subscription (v1) or in place (v2) (facts/04 §16)."""
