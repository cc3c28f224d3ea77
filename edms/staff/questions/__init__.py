"""Questions about the service itself: asked from any page, answered by the administrator."""
