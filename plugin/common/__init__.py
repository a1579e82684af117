"""What hosts share: errors as the sentence that a user reads."""
