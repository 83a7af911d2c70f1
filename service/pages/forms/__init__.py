"""Forms for curators: made from the JSON Schema of a type, and turned into a fact when they are sent."""
