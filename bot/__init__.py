"""Easel, a Discord bot that makes pictures: the map of its rooms.

Imports point one way only, from the top of this list to its end; `pyproject.toml` holds the contract.

    __main__       the command line `easel`
    checkup        the command `check`: does what was set up work
    demo           the command `demo`: starts the sandbox and the bot as two processes
    invite         the permissions, each with its reason, and the link that asks for them
    upkeep         the commands `jobs`: what is to be done, and a drain before an upgrade
    lifetime       the life of one process: start, stop, exit code
    app            opens what has to be closed, and closes it in reverse
    assembly       puts the parts of one process together
    commands       gives the client its commands, buttons and forms
    cogs           (beside this package) one file per command family
    client         the discord.py client, its command tree and the one error exit
    ratelimits     discord.py's rate limits with one defect mended
    web            health, metrics and callbacks over HTTP
    engine         the loops that move a job: submitter, poller, deliverer
    presentation   cards, buttons, wording: the only place that words things
    intake         what an interaction tells: who asks, where, with which permissions
    service        what a person may ask for; knows nothing of Discord
    presses        which press of a button is a second one
    exports        packs what is kept of one member into zip files
    experience     how long pictures took and how many are in the making
    store          the database: tables, migrations, named operations
    provider       the one door to the image service
    archive        where finished pictures are kept: a folder or S3-compatible storage
    images         checking and measuring pictures
    quota          credits, windows and limits: pure policy
    wishes         what is asked for before it becomes jobs: pure data
    drafts         pictures found for an edit, and open forms: pure data
    servers        what a server has decided: pure data
    acts           what people with rights did: pure data
    mydata         what is kept of one member, and the wish to have it erased: pure data
    durations      the distribution of completion times: pure arithmetic
    environment    reading the settings from variables and .env
    settings       the frozen settings
    jobs           what a job is, and its state machine as data
    jobids         the ids of jobs
    errors         the error tree
    clock          the time of day, passed in
    logs           how the log looks, and what never gets into it
    metrics        the numbers an operator watches
"""
