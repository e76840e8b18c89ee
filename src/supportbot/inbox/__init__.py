"""What agents do: queue, claim, reply, note, transfer, hand back, resolve."""
