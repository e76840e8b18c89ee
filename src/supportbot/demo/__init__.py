"""The labelled day, the stories, and the simulated customers and agents who play them on the real engine."""
