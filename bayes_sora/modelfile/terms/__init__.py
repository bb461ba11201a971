"""Tables of a model file that make parameters differ between patients: one module each, and their registry."""
