"""Groups of commands: each module adds to `doorstep` what one kind of work needs."""
