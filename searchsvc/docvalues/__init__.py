"""How many: columns over document numbers, and what is counted from them. Knows neither article nor Whoosh."""
