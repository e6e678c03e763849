"""What they get: a reader's text answered in words, and the articles of files put in. The one room the roof enters."""
