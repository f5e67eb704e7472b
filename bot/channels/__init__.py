"""Channels: each turns what arrives into an Inbound and sends what the outbox holds."""
