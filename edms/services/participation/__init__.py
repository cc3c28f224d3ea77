"""What people propose for the budget: collected, scored, judged, answered, and shown to everybody."""
