"""The database: engine, declarative base, embedded server, migrations. Knows no room."""
