"""The map service: Flask and Leaflet over a stored plan."""
