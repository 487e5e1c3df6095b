"""Calls the tool `whoami` of an MCP server and prints its answer: at once, after the access token's end, and, as soon as a line
arrives on standard input, after its end once more. Nothing of fastmcp is replaced; it opens its browser as $BROWSER says."""

import asyncio
import logging
import sys
import warnings

from fastmcp import Client

logging.disable()  # fastmcp reports each refusal that it copes with
warnings.simplefilter("ignore")


async def main(address: str, access_token_ttl: float) -> None:
    async with Client(address, auth="oauth") as client:

        async def whoami() -> None:
            answer = await client.call_tool("whoami")
            print(answer.content[0].text, flush=True)

        await whoami()
        await asyncio.sleep(access_token_ttl)
        await whoami()
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.sleep(access_token_ttl)
        await whoami()


asyncio.run(main(sys.argv[1], float(sys.argv[2])))
