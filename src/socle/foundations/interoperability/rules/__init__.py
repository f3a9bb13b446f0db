"""What can be said of an expression or a resource without asking anybody."""
