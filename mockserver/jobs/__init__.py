"""What the real server's scheduled jobs do while time passes (behaviour/invoices-and-wallets#when-invoices-come,
behaviour/subscriptions#trials).

``agenda``        what is due next
``closing``       a billing period ends
``plan_changes``  a plan change that was put off takes effect
``advancing``     one thing after the other, up to a point of time

Nothing here looks at the machine's clock: the same state advanced to the same time gives the same result.
"""
