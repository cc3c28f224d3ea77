"""How an arrival ends otherwise than by registration: what each end must be told, its terms, and who is told of it."""
