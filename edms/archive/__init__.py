"""What leaves for the archive, or for a court: packages that prove themselves; transfers; and whether all that is kept here still is whole."""
