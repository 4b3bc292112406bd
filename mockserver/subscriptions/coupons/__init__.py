"""Coupons that subscriptions hold."""
