"""Each type of fact: what it does to slots, its tags, what is impossible in it."""
