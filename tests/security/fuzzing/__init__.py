"""A fuzzer over every route of the emulator, control routes included: requests that are nearly right, with something
absurd in one place. It finds answers that are failures without the register of divergences saying so."""
