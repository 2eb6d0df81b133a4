"""The emitter: groups of elementwise ops as C."""
