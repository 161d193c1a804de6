"""How well sign-ins work: hourly numbers by connection, made of the records by a job."""
