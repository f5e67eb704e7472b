"""Benchmarks: hits on public FAQ sets, and speed side by side with other ways."""
