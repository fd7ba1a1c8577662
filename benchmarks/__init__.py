"""Long proofs and measurements. A module with a `main` is a command: `python -m benchmarks.<name>`."""
