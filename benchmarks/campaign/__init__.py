"""A desk under load that is killed, starved and raced, and a checker that reads what is left by plain SQL."""
