"""A project as django-allauth's quickstart describes it, with `sites` for many hosts."""
