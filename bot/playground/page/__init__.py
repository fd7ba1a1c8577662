"""The playground's page: its static files and its HTTP interface."""
