"""The use cases: poll DLF, decide what to tell, deliver it, answer questions."""
