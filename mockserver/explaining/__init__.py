"""Why events were billed or not: a service over what metering stored, so that an explanation always agrees with the
bill. Control routes and the demo print it; the emulated API has nothing of the kind."""
