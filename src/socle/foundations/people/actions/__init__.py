"""What one can do with the directory: find, load, declare mailboxes, enrol."""
