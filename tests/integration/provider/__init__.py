"""The client of the image service against a real HTTP server."""
