"""Who asks: browsers and programs. The only floor with HTTP, and the only one with HTML."""
