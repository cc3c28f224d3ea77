"""Read-only: the line of a letter, my desk, the course of a letter, the tracking sentences. Always from the database."""
