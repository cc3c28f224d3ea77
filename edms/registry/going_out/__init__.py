"""What goes out: the addressees of a letter under its one number, the lists that go with the mail, service."""
