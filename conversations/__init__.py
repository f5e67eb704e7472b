"""What the bot can talk about: one folder a conversation, and the language packs."""
