"""Who may do what: actors, roles, permissions, the policy table, and the scope of every list. Knows no room."""
