"""Many letters from a list: read, reported on before anything is written, made one after another."""
