"""Facts about Dutch, one file per subject."""
