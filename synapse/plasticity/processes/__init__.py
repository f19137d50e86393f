"""Optional processes of a real synapse, one file each, all off by default.

``tick.py`` and ``engine.py`` call them where they belong. A process that is off changes
no bit of any result: it leaves out its own states and multiplies by exactly 1.
"""
