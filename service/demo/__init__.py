"""The seed facts that `orgline demo` serves: the history of NHSX, told in `docs/seed-timeline.md`."""
