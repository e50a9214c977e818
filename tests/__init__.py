"""The tests of Sớm; `databases` gives each its database, `town` the people who live in it."""
