"""Rules several resources share."""
