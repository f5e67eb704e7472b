"""Staff in chat: what is new or overdue, and what can be done with it."""
