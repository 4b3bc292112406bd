"""Metering: events become usage at ingest, and usage answers questions without reading events.

``events``      an event on its way in: times and properties as the real server keeps them
``ingest``      storing events and what they add to meters
``dimensions``  which properties a meter's usage is told apart by
``usage``       how much a meter counted, for billing
``share``       which price of a meter takes which part of its usage (the documented reading)
``measure``     from stored sums to one quantity
``raw``         questions over raw events

Functions of a ``Work`` or a ``Transaction``; no Flask, no SQL.
"""
