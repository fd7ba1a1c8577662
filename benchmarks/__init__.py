"""Long proofs and measurements: each module with a `main` is one command, `python -m benchmarks.<name>`."""
