"""Plans: what one run executes, and the passes that improve it."""
