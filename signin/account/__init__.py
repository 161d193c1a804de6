"""The end user's own page: where they are signed in, and to which applications."""
