"""The paper original: where it lies, who has it, and who it was handed to."""
