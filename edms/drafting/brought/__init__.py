"""Papers that somebody brought as PDF, to be signed here: made plain, compared with what came, agreed to."""
