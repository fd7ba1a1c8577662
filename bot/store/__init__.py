"""The only SQL: SQLite by default, PostgreSQL by URL."""
