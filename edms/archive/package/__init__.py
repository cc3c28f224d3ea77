"""Packages, pure: a case file or a letter with all that proves it, as an E-ARK information package (CSIP 2.1) in a bag
(BagIt, RFC 8493) in a ZIP. Written as a stream, the same for the same letters; knows no database and no web.
"""
