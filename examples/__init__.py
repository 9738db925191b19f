"""The verifier in the programs of others: a reward for TRL, a task for lm-evaluation-harness."""
