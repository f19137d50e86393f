"""Data in, plain drawings out: pure functions, no Django. The templates write the SVG."""
