"""A mirror of another register, from its public Atom feeds: what is read, how it is asked for, how far it is proven."""
