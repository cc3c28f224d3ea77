"""HTTPS on the office's own network: a certificate that was given, or one of an authority of its own, made and renewed here."""
