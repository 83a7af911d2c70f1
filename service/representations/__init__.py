"""How answers are written besides JSON and HTML: CSV and JSON-LD."""
