"""The program beside each game server of the process runtime: it starts it, is told of its end, and lets nothing escape.

It outlives the cloud, so that no end is missed, and loads as little as it can: there is one for each process.
"""
