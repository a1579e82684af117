"""What hosts share: the voices a user names, what a user writes, files written aside, errors in words."""
