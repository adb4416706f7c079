"""Pictures: decoders for the escape sequences by which programs show pictures."""
