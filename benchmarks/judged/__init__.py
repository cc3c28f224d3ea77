"""A judged collection for search: letters made by code, questions with grades as data, the same on every machine.

Each language has a page of its own (`ka.toml` …): fourteen subjects, streets, names, sentences, all written for this. A letter is
made of them by a seeded chance and keeps the facts it was made of, so its grade for a question is known: 3 it is about
what was asked, 2 it asks for that beside another matter, 1 it only mentions it, 0 none of these. `questions.txt` holds the
questions; where a word belongs to more than one subject, the grade of each was judged by hand and stands in its line.
"""
