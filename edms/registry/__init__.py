"""The registry: registers, numbers, arrivals, registration, correspondents, contents, dispatch.

Owner of Document, Arrival and Content. Knows no route, no search, no web.
"""
