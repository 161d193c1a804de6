"""What Menkou costs, beside a plain django-allauth project and a bare page: docs/performance.md."""
