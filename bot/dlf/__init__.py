"""DLF's HTTP: a question in, a Snapshot or a DlfError out. The only room that imports httpx."""
