"""Field inspection over the network: what phones send and ask for, and what an office sees of it."""
