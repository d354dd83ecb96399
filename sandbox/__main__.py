"""`python -m sandbox`: the command line. It prints one line when it listens and ends on SIGINT or SIGTERM.

What is served, and how it is put together, is in `sandbox.app`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from sandbox.app import serve
from sandbox.options import Options


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox until it is told to stop; return the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_run(_options(arguments)))
    except OSError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    return 0


def _options(arguments: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A local Discord, a local image service, and a page to use them with.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8700, help="0 picks a free one (default: %(default)s)")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the world in this folder over restarts"
    )
    parser.add_argument(
        "--seconds", type=_amount, default=3.0, help="how long a picture takes (default: %(default)s)"
    )
    parser.add_argument(
        "--realistic", action="store_true", help="pictures take about 30 seconds, as at the provider"
    )
    parser.add_argument(
        "--link-hours",
        type=_amount,
        default=24.0,
        help="how long an attachment's link lives (default: %(default)s)",
    )
    return Options(**vars(parser.parse_args(arguments)))


def _amount(text: str) -> float:
    amount = float(text)
    if not 0 <= amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 up")
    return amount


async def _run(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with serve(options) as (taken, _):
        sys.stdout.write(f"sandbox listening on {taken.address}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
