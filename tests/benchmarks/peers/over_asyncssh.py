"""The same work as its users would write it with asyncssh: one connection, a TaskGroup, a semaphore.

over_asyncssh.py commands COUNT LIMIT HOST...   COUNT times `true`, LIMIT at once; how many were refused a channel
over_asyncssh.py logins COUNT HOST...           COUNT times a login and `true`, one after the other
over_asyncssh.py hosts COUNT HOST...            a login and `true` at each of COUNT addresses from 127.0.1.1, all at once
over_asyncssh.py down|up MEBIBYTES HOST...      bytes through one channel
over_asyncssh.py hold COUNT SECONDS HOST...     COUNT times `sleep SECONDS`, until Ctrl-C cancels them

HOST is PORT USER KEY KNOWN_HOSTS [ADDRESS].
"""

import asyncio
import json
import resource
import sys
import time

import asyncssh

PIECE = b"\0" * 65536


def connect(port, user, key, known_hosts, address="127.0.0.1"):
    return asyncssh.connect(address, int(port), username=user, client_keys=[key], known_hosts=known_hosts)


def processor_time():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def commands(host, count, limit):
    places = asyncio.Semaphore(limit)
    refused = 0

    async def one(connection):
        nonlocal refused
        async with places:
            try:
                await connection.run("true", check=True)
            except asyncssh.ChannelOpenError:
                refused += 1

    async with connect(*host) as connection, asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one(connection))
    return {"refused": refused}


async def logins(host, count):
    for _ in range(count):
        async with connect(*host) as connection:
            await connection.run("true", check=True)


async def hosts(host, count):
    async def one(number):
        async with connect(*host, f"127.0.1.{number}") as connection:
            await connection.run("true", check=True)

    async with asyncio.TaskGroup() as group:
        for number in range(1, count + 1):
            group.create_task(one(number))


async def down(host, mebibytes):
    async with connect(*host) as connection:
        command = f"head -c {mebibytes * 1048576} /dev/zero"
        async with connection.create_process(command, encoding=None) as process:
            while await process.stdout.read(len(PIECE)):
                pass


async def up(host, mebibytes):
    async with connect(*host) as connection:
        async with connection.create_process("cat >/dev/null", encoding=None) as process:
            for _ in range(mebibytes * 1048576 // len(PIECE)):
                process.stdin.write(PIECE)
                await process.stdin.drain()
            process.stdin.write_eof()
            await process.wait(check=True)


async def hold(host, count, seconds):
    async def one(connection):
        async with connection.create_process(f"exec sleep {seconds}") as process:
            try:
                await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                raise

    async with connect(*host) as connection, asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one(connection))


async def main(what, numbers, host):
    begin, processor = time.monotonic(), processor_time()
    said = await globals()[what](host, *numbers) or {}
    print(json.dumps({"seconds": time.monotonic() - begin, "cpu": processor_time() - processor, **said}))


NUMBERS = {"commands": 2, "logins": 1, "hosts": 1, "down": 1, "up": 1, "hold": 2}
what = sys.argv[1]
numbers = [float(word) if "." in word else int(word) for word in sys.argv[2:2 + NUMBERS[what]]]
asyncio.run(main(what, numbers, sys.argv[2 + NUMBERS[what]:]))
