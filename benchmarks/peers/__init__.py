"""Peers: search engines that run inside a Python process, each used the way those who know it would; and our own."""
