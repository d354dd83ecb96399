"""The client of the image service: its tables, its reading of JSON, its budget."""
