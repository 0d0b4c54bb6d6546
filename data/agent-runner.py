# SPDX-License-Identifier: GPL-3.0-or-later
# Runs an agent class: imports it, makes one, calls run(), and waits for it when it is asynchronous. An exception is exit status 1.
import asyncio
import importlib
import inspect
import sys

name = sys.argv[1]
module, _, path = name.partition(":") if ":" in name else name.rpartition(".")
agent = importlib.import_module(module)
for part in path.split("."):
    agent = getattr(agent, part)
result = agent().run()
if inspect.isawaitable(result):
    async def wait():
        return await result
    asyncio.run(wait())
