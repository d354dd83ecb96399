"""The world outside the bot, in one process.

A local Discord, a local image service, and a page to use them with.

    __main__    the command line
    app         composition: which part is served where
    world       everything that exists (servers, people, messages) and what can happen to it
    discord     Discord's rules, REST API, gateway and CDN over that world
    side        the user's side: what people do and see
    apixo       the image service
    faults      faults on demand
    page        the web page

It replaces the wire and not the code, so it imports nothing of the bot and no Discord library.
`docs/sandbox.md` is its contract.
"""
