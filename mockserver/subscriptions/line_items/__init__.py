"""Line items of subscriptions (facts/04 §4, §15)."""
