"""Lists keep their word: pages partition the whole, orders hold, defaults and counts are true.

Everything is derived from an operation's ``x-list`` and its parameters. A list is filled first, by
the operations whose links lead to it or that create what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gate.addressing import Addressing, Unaddressable
from gate.filling import FEWEST, PAGING, Filling, default_of
from gate.findings import Findings
from gate.operations import next_of
from gate.values import holds
from gate.wire import ABSENT, Exchange, Request
from palaver.contract.document import Operation, pointer_of

PAGE = 2
SAMPLED = 4
"""How many items of a list are read one by one."""


class Lists:
    """Checks the lists of one contract."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._filling = Filling(addressing)
        self.read: set[tuple[str, str, str]] = set()

    def run(self, operation: Operation) -> None:
        """Every promise of a list; operations that are none are passed over."""
        if "x-list" not in operation.raw or operation.method != "get":
            return
        try:
            request = self._filling.fill(operation)
        except Unaddressable as error:
            self._findings.add(operation.operation_id, "addressing", str(error))
            return
        checks = _ListChecks(self._addressing, self._findings, operation, request)
        checks.run()
        self.read |= {(operation.operation_id, "query", name) for name in checks.shown}


class _ListChecks:
    """The checks of one list that is filled."""

    def __init__(
        self, addressing: Addressing, findings: Findings, operation: Operation, request: Request
    ) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._operation = operation
        self._request = request
        self._list: dict[str, Any] = operation.raw["x-list"]
        self._query = {p.name: p for p in operation.parameters if p.location == "query"}
        # The parameters whose effect was seen.
        self.shown: set[str] = set()

    def run(self) -> None:
        """Read the whole list once and hold everything else against it."""
        largest = self._addressing.document.deref(self._query["limit"].raw["schema"], ())[0]
        whole_request = self._request.with_query(limit=largest["maximum"])
        whole = self._items(whole_request)
        if not self._expect(len(whole) >= FEWEST, whole_request, "fill", "the list stays short"):
            return
        self._check_end(whole, whole_request, largest["maximum"])
        self._check_order(whole, whole_request)
        self._check_limits(whole)
        self._check_defaults(whole)
        if "skip" in self._query:
            self._check_skip(whole)
        if "cursor" in self._query:
            self._check_cursor(whole)
        if "sort_by" in self._query:
            self._check_sorting()
        self._check_filters(whole)
        self._check_reads(whole)
        self._check_alike(whole)
        self._check_others(whole)

    def _check_end(self, whole: Sequence[Any], request: Request, largest: int) -> None:
        """A page that is not full is the last one."""
        exchange = self._last(request)
        if len(whole) >= largest or exchange is None:
            return
        message = f"{len(whole)} items for limit {largest}, and there are more"
        if "cursor" in self._query:
            last = at(exchange.json, next_of(self._operation)) is None
            self._expect(last, request, "end", message)
        if "skip" in self._query:
            behind = self._items(request.with_query(limit=PAGE, skip=len(whole)))
            self._expect(not behind, request, "end", message)

    def _check_alike(self, whole: Sequence[Any]) -> None:
        """The same item is the same in every list of the same thing."""
        key = self._list.get("key")
        own = {item[key]: item for item in whole} if key else {}
        for other in self._addressing.document.operations:
            listed = other.raw.get("x-list", {})
            names = {p.name for p in other.parameters if p.location == "path"}
            same = names and names == set(self._request.path) and listed.get("key") == key
            if other is self._operation or not same:
                continue
            answer = self._wire.send(
                self._addressing.example(other).but(
                    path=self._request.path, query={"limit": FEWEST}
                )
            )
            for item in at(answer.json, listed["items"]) or []:
                mine = own.get(item[key], item)
                differing = [name for name in item if mine.get(name, item[name]) != item[name]]
                message = f"{', '.join(differing)} differ from {other.operation_id}"
                self._expect(not differing, self._request, "item", message)

    def _check_reads(self, whole: Sequence[Any]) -> None:
        """An item of a list is what reading it by its key gives."""
        key = str(self._list.get("key"))
        readers = [
            each
            for each in self._addressing.document.operations
            if each.method == "get"
            and [p.name for p in each.parameters if p.location == "path"] == [key]
            # What is behind it is another thing, such as a session's deck.
            and each.path.endswith(f"{{{key}}}")
            and any(
                link.parameters[key].startswith(("$response", "$request.path"))
                for link in self._addressing.producers(each)
            )
        ]
        step = max(1, len(whole) // SAMPLED)
        for item in [*whole[:2], *whole[2:-2:step], *whole[-2:]]:
            for reader in readers:
                request = Request(reader, path={key: item[key]}, token=self._request.token)
                found = _holder(self._wire.send(request).json, key, item[key])
                differing = [
                    n for n in item if found is not None and found.get(n, item[n]) != item[n]
                ]
                message = f"{', '.join(differing)} differ from {reader.operation_id}"
                self._expect(not differing, self._request, "item", message)

    def _check_others(self, whole: Sequence[Any]) -> None:
        """Another user's list has nothing of the owner's that the other may not read."""
        key = self._list.get("key")
        other = self._wire.target.other
        if not self._operation.security or key is None:
            return
        theirs = self._wire.send(self._request.but(query={}, token=other))
        items = at(theirs.json, self._list["items"]) if theirs.status == 200 else None
        own = {item[key] for item in whole}
        shared = [item[key] for item in items or [] if item[key] in own][:1]
        for value in shared:
            for reader in self._addressing.document.operations:
                names = [p.name for p in reader.parameters if p.location == "path"]
                if reader.method == "get" and names == [key]:
                    answer = self._wire.send(Request(reader, path={key: value}, token=other))
                    message = f"others see {key} {value} and get {answer.status} for it"
                    self._expect(answer.status == 200, self._request, "others", message)

    def _expect(self, promise: bool, request: Request, rule: str, message: str) -> bool:
        if not promise:
            exchange = self._last(request)
            self._findings.add(
                self._operation.operation_id, rule, message, exchange.curl if exchange else ""
            )
        return promise

    def _last(self, request: Request) -> Exchange | None:
        return next((e for e in reversed(self._wire.exchanges) if e.request == request), None)

    def _items(self, request: Request) -> list[Any]:
        """The items of a page; its counts are checked on the way."""
        exchange = self._wire.send(request)
        items = at(exchange.json, self._list["items"])
        if exchange.status != 200 or not isinstance(items, list):
            self._expect(False, request, "list", f"{exchange.status} and no list")
            return []
        if "count" in self._list:
            count = at(exchange.json, self._list["count"])
            self._expect(count == len(items), request, "count", f"count is {count}")
        parent = at(exchange.json, self._list["items"].rpartition("/")[0])
        for name in ("limit", "skip"):
            # Where the answer repeats a parameter, it repeats what was asked.
            if isinstance(parent, dict) and name in parent and name in self._query:
                asked = request.query.get(name, default_of(self._operation, name))
                self._expect(parent[name] == asked, request, "echo", f"{name} is {parent[name]}")
        return items

    def _check_limits(self, whole: Sequence[Any]) -> None:
        for limit in (1, PAGE, len(whole)):
            request = self._request.with_query(limit=limit)
            size = len(self._items(request))
            if self._expect(size == limit, request, "limit", f"{size} items for limit {limit}"):
                self.shown.add("limit")
        if "total" in self._list:
            request = self._request.with_query(limit=1)
            total = at(self._wire.send(request).json, self._list["total"])
            largest = self._addressing.document.deref(self._query["limit"].raw["schema"], ())[0]
            # The whole is cut off at its largest page.
            cut = len(whole) >= largest["maximum"]
            right = total == len(whole) or (cut and isinstance(total, int) and total > len(whole))
            self._expect(right, request, "total", f"total is {total}")
            if "skip" in self._query and isinstance(total, int) and total > 0:
                # The last place holds one item, and behind it there is none.
                for skip, size in ((total - 1, 1), (total, 0)):
                    request = self._request.with_query(limit=PAGE, skip=skip)
                    found = len(self._items(request))
                    message = f"{found} items after {skip} of {total}"
                    self._expect(found == size, request, "total", message)

    def _check_defaults(self, whole: Sequence[Any]) -> None:
        """Leaving a parameter out is the same as giving its default."""
        bare = self._request
        implicit = self._items(bare)
        default = default_of(self._operation, "limit")
        if default is not None:
            size = min(default, len(whole))
            self._expect(
                len(implicit) == size, bare, "default", f"{len(implicit)} items without limit"
            )
        for name in self._query:
            value = default_of(self._operation, name)
            if value is not None:
                explicit = self._items(bare.with_query(**{name: value}))
                self._expect(
                    explicit == implicit, bare, "default", f"{name} is not {value!r} by default"
                )

    def _check_skip(self, whole: Sequence[Any]) -> None:
        """Small pages at the start and large ones to the end are the list, each item once."""
        from_end = self._list.get("from") == "end"
        for size, reach in ((PAGE, 6 * PAGE), (len(whole) // 3 + 1, len(whole) + 1)):
            pages: list[list[Any]] = []
            for skip in range(0, min(reach, len(whole) + size), size):
                pages.append(self._items(self._request.with_query(limit=size, skip=skip)))
            if from_end:
                pages.reverse()
            joined = [item for page in pages for item in page]
            # The whole is cut off at its largest page; smaller pages may lead further.
            common = min(len(joined), len(whole))
            wanted = whole[-common:] if from_end else whole[:common]
            found = joined[-common:] if from_end else joined[:common]
            request = self._request.with_query(limit=size, skip=0)
            enough = common >= min(reach, len(whole)) - 1
            self._expect(
                enough and found == list(wanted), request, "partition", "pages by skip differ"
            )
        request = self._request.with_query(limit=PAGE, skip=1)
        wanted = whole[-3:-1] if from_end else whole[1:3]
        right = self._items(request) == list(wanted)
        if self._expect(right, request, "skip", "skip leaves out others"):
            self.shown.add("skip")

    def _check_cursor(self, whole: Sequence[Any]) -> None:
        """Cursors lead through the list, each item once, and end."""
        for size, pages in ((PAGE, 6), (len(whole) // 3 + 1, 1000)):
            joined: list[Any] = []
            cursor: Any = ABSENT
            for _ in range(pages):
                request = self._request.with_query(limit=size, cursor=cursor)
                joined += self._items(request)
                exchange = self._last(request)
                cursor = at(exchange.json, next_of(self._operation)) if exchange else None
                if cursor is None:
                    break
            request = self._request.with_query(limit=size)
            self._expect(pages == 6 or cursor is None, request, "cursor", "the cursors never end")
            common = min(len(joined), len(whole))
            enough = common >= min(pages * size, len(whole))
            self._expect(
                enough and joined[:common] == list(whole[:common]),
                request,
                "partition",
                "pages by cursor differ",
            )
            if self._list.get("key"):
                keys = [item[self._list["key"]] for item in joined]
                once = len(set(keys)) == len(keys)
                if self._expect(once, request, "partition", "an item comes twice"):
                    self.shown.add("cursor")
        given = self._last(self._request.with_query(limit=PAGE))
        following = at(given.json, next_of(self._operation)) if given else None
        if following is not None:
            twice = self._request.with_query(cursor=(following, following)).but(well_formed=False)
            status = self._wire.send(twice).status
            self._expect(status == 400, twice, "cursor", f"two cursors are answered by {status}")
        tampered = self._request.with_query(cursor="A").but(well_formed=False)
        self._expect(
            self._wire.send(tampered).status == 400,
            tampered,
            "cursor",
            "a cursor that the server did not make is not a 400",
        )

    def _check_order(self, items: Sequence[Any], request: Request) -> None:
        for field in self._list.get("order", []):
            if field == "sort_by":
                field = str(default_of(self._operation, "sort_by"))
                descending = default_of(self._operation, "sort_order") == -1
            else:
                descending = field.startswith("-")
            values = [item[field.removeprefix("-")] for item in items]
            self._expect(
                values == sorted(values, reverse=descending), request, "order", f"not by {field}"
            )
        key = self._list.get("key")
        if key is not None:
            keys = [item[key] for item in items]
            self._expect(len(set(keys)) == len(keys), request, "order", "an item is there twice")

    def _check_sorting(self) -> None:
        orders = {}
        for field in self._enum("sort_by"):
            for direction in self._enum("sort_order"):
                request = self._request.with_query(sort_by=field, sort_order=direction, limit=100)
                items = self._items(request)
                values = [item[field] for item in items]
                self._expect(
                    values == sorted(values, reverse=direction == -1),
                    request,
                    "sorting",
                    f"sort_by={field} and sort_order={direction} do not sort",
                )
                orders[field, direction] = [item[self._list["key"]] for item in items]
        distinct = {tuple(order) for order in orders.values()}
        varied = len(distinct) >= len(self._enum("sort_order"))
        if self._expect(varied, self._request, "sorting", "every order is the same"):
            self.shown |= {"sort_by", "sort_order"}

    def _check_filters(self, whole: Sequence[Any]) -> None:
        """A parameter named like a property keeps the items that have its value, and only those."""
        for name in self._query:
            if name in PAGING or not whole or name not in whole[0]:
                continue
            values = [item[name] for item in whole if item[name] is not None]
            if not self._expect(bool(values), self._request, "filter", f"no item has a {name}"):
                continue
            for value in {min(values), max(values), values[0]}:
                request = self._request.with_query(**{name: value}, limit=100)
                found = self._items(request)
                wanted = [item for item in whole if item[name] == value]
                # The whole may be cut off at its largest page; what is left out may follow here.
                right = found[: len(wanted)] == wanted[: len(found)] and bool(found)
                right = right and all(item[name] == value for item in found)
                if self._expect(right, request, "filter", f"{name} filters wrongly"):
                    self.shown.add(name)
        for name, value in self._request.path.items():
            if whole and name in whole[0] and self._list.get("key") != name:
                strangers = [item for item in whole if not holds(item, value)]
                self._expect(not strangers, self._request, "filter", f"an item has another {name}")

    def _enum(self, name: str) -> list[Any]:
        return list(self._addressing.document.deref(self._query[name].raw["schema"], ())[0]["enum"])


def _holder(value: Any, key: str, wanted: Any) -> dict[str, Any] | None:
    """The object within a JSON value that has a key with some value."""
    if isinstance(value, dict):
        if value.get(key) == wanted:
            return value
        value = list(value.values())
    if isinstance(value, list):
        return next(filter(None, (_holder(each, key, wanted) for each in value)), None)
    return None


def at(value: Any, pointer: str) -> Any:
    """What a JSON Pointer (RFC 6901) leads to; ``None`` where it leads nowhere."""
    for key in pointer_of(f"#{pointer}") or ():
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def stands_at(body: Any, answer: Exchange, place: int) -> bool:
    """Whether what was written stands at a place of a list that is read."""
    named = [*answer.request.path.values()][-1:]
    if isinstance(answer.json, dict):
        named += [each for name, each in answer.json.items() if name.endswith("_id")]
    if isinstance(body, dict):
        return any(stands_at(each, answer, place) for each in body.values())
    if not isinstance(body, list) or not body:
        return False
    item = body[min(place, len(body) - 1)]
    return isinstance(item, dict) and any(each in named for each in item.values())
