"""The Django project: settings, URLs, the home page and the system checks."""

__version__ = "0.1.0"
