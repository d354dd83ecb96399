"""Everything that people read: cards, buttons and wording.

The only room that words things. It reads jobs and errors and returns finished Discord objects or sentences;
it never touches the database or the network.
"""
