"""Pages and endpoints, one module each."""
