"""What every part of a subscription rests on: its words and how one is found."""
