"""The benchmarks: what is started, how it is loaded, and what is printed."""
