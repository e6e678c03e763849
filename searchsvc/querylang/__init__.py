"""What was asked: a reader's text to a query tree, and back. Knows no engine and no analyzer."""
