"""How it is found: each engine answers the same requests with the same sets, counts and order by date."""
