"""The same work with Python's asyncio.

in_asyncio.py join COUNT          a group of COUNT tasks that end at once
in_asyncio.py cancel COUNT        a group of COUNT tasks, cancelled while they wait
in_asyncio.py commands COUNT      COUNT times /bin/true, one after the other
in_asyncio.py stop COUNT          COUNT times `sleep`, terminated and waited for
"""

import asyncio
import json
import sys
import time


async def join(count):
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(asyncio.sleep(0))


async def cancel(count):
    async def group_of_tasks():
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(asyncio.Event().wait())

    work = asyncio.create_task(group_of_tasks())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def commands(count):
    for _ in range(count):
        process = await asyncio.create_subprocess_exec("/bin/true")
        await process.wait()


async def stop(count):
    """Returns when they were terminated."""
    processes = [await asyncio.create_subprocess_exec("sleep", "1000") for _ in range(count)]
    begin = time.monotonic()
    for process in processes:
        process.terminate()
    for process in processes:
        await process.wait()
    return begin


async def main(what, count):
    begin = time.monotonic()
    begin = await globals()[what](count) or begin
    print(json.dumps({"seconds": time.monotonic() - begin}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
