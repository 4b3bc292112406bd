"""The emulator's own controls under ``/_mock``; nothing here is part of the emulated API."""
