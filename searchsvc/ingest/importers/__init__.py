"""One file for each format. An importer reports what it saw; it does not clean, date or judge."""
