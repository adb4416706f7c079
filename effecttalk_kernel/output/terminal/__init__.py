"""Terminal: from the bytes of a program to the text that a terminal would show."""
