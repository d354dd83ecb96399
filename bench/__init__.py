"""The benchmark suite: figures that the documents quote, each made anew by one command."""
