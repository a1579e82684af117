"""How words are said: what a user may write for a reading, and where rules hold in a line.

It loads no dictionary, so that hosts check what is entered and find the rules of a line by themselves.
"""
