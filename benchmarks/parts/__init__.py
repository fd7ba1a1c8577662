"""The parts of `python -m benchmarks`: a module each, with one function that returns its contests."""
