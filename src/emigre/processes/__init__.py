"""Processes of the model, one per module, in the order in which they happen to people.

Arrays in, arrays out; no files, no dates. Each module holds its equations: scalar functions that
give a probability or hazard, and the loops that apply them. ``parameters.py`` lists the parameters
of all processes, ``arrays.py`` the two bundles that kernels take: the conditions of the day
(``now``) and the state that changes (``people``).
"""
