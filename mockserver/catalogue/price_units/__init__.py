"""Price units: custom currencies such as credits."""
