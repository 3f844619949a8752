"""What the tool and the local cloud cost. Run by ``python -m benchmarks``, not by the tests."""
