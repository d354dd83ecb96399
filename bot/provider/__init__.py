"""The one door to the image service, and the way its finished pictures come in.

    client      submit a task, look at it, ask for the balance: `ApixoClient`
    failures    what the service's codes and words mean, as tables
    wire        the service's JSON, read leniently
    exchange    what both of the doors need of HTTP: time limits and a capped read
    tasks       what is asked of the service and what it says of a task, as records
    budget      how many requests a minute may leave, over all processes together
    pictures    fetching a finished picture from wherever the service put it

Nothing outside this package speaks HTTP to the service. When to ask, and what to do with an answer, is
the engine's business.
"""
