"""What was used: events, and questions about them and about what they cost."""
