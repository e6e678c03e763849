"""What is where on a saved web page: its structured data, its metadata, its story. Knows no site by name."""
