"""When the system is down: numbers printed beforehand, given by hand, entered later with both dates and a mark."""
