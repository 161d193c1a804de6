"""How Menkou is started and tested on one machine: ``make run`` and ``make test``."""
