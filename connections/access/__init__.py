"""Who may sign in by a connection: the rules, and what they say in words."""
