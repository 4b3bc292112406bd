"""Line items of subscriptions (behaviour/subscriptions#creating-a-subscription, behaviour/subscriptions#addons)."""
