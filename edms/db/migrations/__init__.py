"""The chain of migrations: schema and data apart, no import of models, one head. Run through `edms.db.upgrade` only."""
