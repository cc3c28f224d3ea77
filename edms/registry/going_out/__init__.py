"""What goes out: addressees under one number, sendings to neighbours, lists that go with the mail, service, and whether a reply is final."""
