"""The tested half of the companion: verifier, statistics, training loops. Notebooks hold the story."""
