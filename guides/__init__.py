"""What a city knows: YAML only, one folder a city."""
