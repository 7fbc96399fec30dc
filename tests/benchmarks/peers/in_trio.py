"""The same work with trio: in_trio.py join|cancel COUNT."""

import json
import sys
import time

import trio


async def join(count):
    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(trio.lowlevel.checkpoint)


async def cancel(count):
    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(trio.sleep_forever)
        await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()


async def main(what, count):
    begin = time.monotonic()
    await globals()[what](count)
    print(json.dumps({"seconds": time.monotonic() - begin}))


trio.run(main, sys.argv[1], int(sys.argv[2]))
