"""Files to copy: the emulator in a container for tests and pipelines. README.md says which is for what."""
