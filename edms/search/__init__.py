"""Search: every letter found by its words, numbers and days, for those who may read it.

An index proposes, the database decides: what is shown, counted and lit is read from the documents under the actor's
scope, so a stale index may miss a letter and never leaks one. The index is made of the documents and their pages' text
only; it can be deleted any day and rebuilt (`indexing.py`). There are no suggestions from its words.
"""
