"""What `menkou` does before there are settings: creating missing files, and checking health."""
