"""Metering: events become usage at ingest, and usage answers questions without reading events.

``events``      an event on its way in: times and properties as the real server keeps them
``meters``      meters prepared for measuring events
``ingest``      storing events and what they add to meters
``dimensions``  which properties a meter's usage is told apart by
``claims``      which part of a meter's usage a price bills, in both readings
``measure``     from stored sums to one quantity
``buckets``     usage by time
``usage``       how much each line item used: what billing asks
``analysis``    usage by source, property and time: what analytics asks

Functions of a ``Work`` or a ``Transaction``; no Flask, no SQL.
"""
