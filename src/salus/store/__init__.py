"""The one room that knows SQLite: how a database's file is made, found and opened.

SQLite locks a file for the whole process: whoever else in it opens that file and closes it takes
SQLite's locks away, and two writers then destroy the file. So nothing but SQLite opens it.
"""
