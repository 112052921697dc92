import anyio


def outcome(job) -> str:
    async def main():
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(job)
        except ValueError as error:
            return str(error)
        return "done"

    return anyio.run(main)
