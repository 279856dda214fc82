"""What the end-to-end tests stand on: a platform of their own, and callers by persona."""
