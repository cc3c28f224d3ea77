"""The web: the only place that knows Flask. Desk for staff, portal for citizens, api for programs, kit beneath them."""
