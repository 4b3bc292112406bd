"""Testing against the emulator: a pytest plugin (``plugin``), the environment it hands to a test, and recipes for
containers. Nothing is imported here, so that test runs that do not use the plugin do not pay for it."""
