"""The single statement of each formula: arrays in, arrays out, NumPy and SciPy only."""
