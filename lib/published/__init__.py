"""What the authors gave: their files, the numbers that they report, and what follows from their files."""
