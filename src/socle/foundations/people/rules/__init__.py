"""What may come in: headings, lines, sizes of a difference, mailboxes, enrolments."""
