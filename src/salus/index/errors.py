"""What goes wrong with an index: its file, or what a node tells the reader of it."""

from __future__ import annotations

from salus.errors import ChainError, InputError, StorageError


class IndexMissing(InputError):
    """There is no index where one was named."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"there is no index at {url}: correct SALUS_INDEX, or make it by"
            " `salus.index.Index.open()`"
        )


class IndexOfAnotherChain(InputError):
    """A file holds the events of another chain, or of other contracts."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"the index at {url} is of {reason}: name another file for this one")


class IndexUnreadable(StorageError):
    """An index cannot be opened, read or written."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"the index at {url} cannot be used ({reason}): correct its path where that is another"
            " file. An index holds nothing but the chain's events: where it is one and nothing else"
            " helps, remove it and run `salus.index.Index.open()` again"
        )


class EventsWithheld(ChainError):
    """A node left out an event that a later one names: what came with it was not taken."""

    def __init__(self, *, url: str, what: str) -> None:
        self.url, self.what = url, what
        super().__init__(
            f"the node at {url} leaves out events: {what} is missing. Nothing of that was written:"
            " go on with another node"
        )


class FinalityBroken(ChainError):
    """A node shows another block in the place of one that was final."""

    def __init__(self, *, url: str, block: int) -> None:
        self.url, self.block = url, block
        super().__init__(
            f"the node at {url} shows another block {block} than the one that was final, and"
            " nothing was changed: ask another node. Where the chain itself began anew, name"
            " another file"
        )


class IndexInUse(StorageError):
    """Another process reads into this file; whoever lists from it is not in its way."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"another process reads into the index at {url}: list from it meanwhile, or wait for it"
            " with --follow"
        )


class WebhookUndelivered(StorageError):
    """A receiver takes no notices now; they wait in the file. ``url`` holds no credentials."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"the webhook at {url} takes no notices ({reason}): they wait in the index; run again"
            " when it does"
        )


class WebhookGone(StorageError):
    """A receiver says that nobody takes notices at its URL any more (HTTP 410)."""

    def __init__(self, *, url: str) -> None:
        self.url = url
        super().__init__(
            f"the webhook at {url} takes notices no longer (HTTP 410), and what waited for it"
            " was let go: name another, or none"
        )


class WebhookReplaced(StorageError):
    """Another run names another receiver, or let go of this one: it gets no more notices."""

    def __init__(self, *, url: str) -> None:
        self.url = url
        super().__init__(
            f"the index keeps notices for the webhook at {url} no longer: another run named another"
            " one, or let go of it; run again with the one that is to be told"
        )


class NoticesUnreadable(StorageError):
    """What a receiver was told is sealed with another secret, or somebody wrote it."""

    def __init__(self, *, url: str) -> None:
        self.url = url
        super().__init__(
            f"what the webhook at {url} was told is not sealed with this SALUS_WEBHOOK_SECRET: name"
            " the one that it was begun with, or let go of it by"
            " `salus.index.Index.forget_webhook()`, and"
            " notices begin anew"
        )
