"""The backup room: sets of database, contents and keys that belong together, and the way back from one.

A set is made at one instant of the database and checked while it is made. After a restore the house draws no number
before a person has said which numbers were given out since: an old backup never reuses one.
"""
