"""For each line on standard input, calls the tool `whoami` of an MCP server and prints its answer. Nothing of fastmcp is
replaced; it opens its browser as $BROWSER says."""

import asyncio
import logging
import sys
import warnings

from fastmcp import Client

logging.disable()  # fastmcp reports each refusal that it copes with
warnings.simplefilter("ignore")


async def main(address: str) -> None:
    async with Client(address, auth="oauth") as client:
        while await asyncio.to_thread(sys.stdin.readline):
            answer = await client.call_tool("whoami")
            print(answer.content[0].text, flush=True)


asyncio.run(main(sys.argv[1]))
