"""How usage becomes money: pure functions of values.

Nothing in this package reads a clock, a file, a database or a request. Callers hand in values (events,
meters, prices, periods) and get values back. Import the module you need; this package itself imports
nothing, so that starting the server stays cheap.

=================  ================================================================
``money``          exact decimals, rounding, currencies, how amounts are printed
``cost``           the price of a quantity
``text``           the text of a property, as filters compare it
``quantity``       the number an event adds to a meter
``expression``     meter formulas
``matching``       whether the filters of a meter or a price accept an event
``taking``         which line items take an event
``aggregation``    many events become one quantity
``zones``          time zones and clock changes
``windows``        window starts for usage questions
``periods``        billing periods, anchors, trials
``charges``        quantities become charges and invoice lines
``entitlements``   included usage
``commitments``    promised spending, overage, true-up
``fixed``          fixed charges
``proration``      shares of a period, credits on cancelling
``adjustments``    coupons, discounts, prepaid credits, taxes
``explanation``    why an event was billed, or was not
=================  ================================================================
"""
