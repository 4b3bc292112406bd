"""What is for sale: meters, features, groups, prices and their units, plans and addons, entitlements, credit grants."""
