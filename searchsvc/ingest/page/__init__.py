"""What is where on a page saved as plain text: its lines, its story, its heading. Knows no site by name."""
