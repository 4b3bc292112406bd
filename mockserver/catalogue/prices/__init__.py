"""Prices: what a plan, addon or subscription charges.

``checks``     what a request must look like, in the real server's order
``entities``   the plans, subscriptions... a price belongs to
``drafting``   turning a request into a row: display texts, conversion from custom units
``storing``    what the database refuses
``rules``      create, read, end
``versions``   update: in place or as a new version
``overrides``  prices of one subscription's own
``listing``    lists and searches
``present``    how a price looks, alone or inside other answers
"""
