"""Parts of ``make_city.py``: a made-up geometry for the real names and codes of Lüliang."""
