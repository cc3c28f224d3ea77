"""Cases that begin by the calendar: who is responsible for them, and that each begins once a year."""
