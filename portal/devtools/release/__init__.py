"""What `make release` builds and checks."""
