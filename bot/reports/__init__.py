"""Figures and explanations computed from the city and the matcher; nothing typed in by hand."""
