"""Following a complaint: where it stands, adding to it, taking it back, judging the answer."""
