"""The archive on a real folder and against a real HTTP server that speaks a little S3."""
