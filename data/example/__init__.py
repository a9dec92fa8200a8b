"""An invented municipality with known truth, and the seeded script that makes it: `python -m data.example.make`."""
