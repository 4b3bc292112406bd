"""The contract suite: one set of cases for the emulator and for a real Flexprice, every difference named."""
