"""Answer, clarify, narrow by situation, follow up in context, tick off, or say no honestly."""
