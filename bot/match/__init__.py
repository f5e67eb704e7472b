"""Question to Ranking: which guide is meant, how sure, and why."""
