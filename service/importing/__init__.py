"""Facts from files into the register, and out of it again."""
