"""The page of `make demo`: what it shows and sends, and its files in `static`."""
