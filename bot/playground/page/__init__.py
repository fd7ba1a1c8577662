"""The playground's page: what the browser loads, and the HTTP interface it talks to."""
