"""What resources become before they are kept, and back."""
