"""The store opens, and says in sentences why it cannot."""


async def test_opens(store):
    await store.writable()
