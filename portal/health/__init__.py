"""What pages show of the hourly numbers: periods, charts, failures, and the project's overview."""
