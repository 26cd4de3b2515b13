"""Field inspection: duties, matters, and what phones send when they have signal again. Pure functions; nothing here is public."""
