"""Where editions are: those shipped with the software, and those that this house published."""
