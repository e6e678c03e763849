"""What a page, a feed or a JSON answer shows: results made ready to print. No template computes or builds a URL."""
