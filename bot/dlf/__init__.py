"""DLF's HTTP: a question in, counts, lists of jobs or a DlfError out. Only this room imports httpx."""
