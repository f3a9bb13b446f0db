"""The directory that people search: one box for a professional or an establishment; the answer in a list and on a map.

It keeps nothing: professionals come from `foundations.people`, establishments from `foundations.structures`.
"""
