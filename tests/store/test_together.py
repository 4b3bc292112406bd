"""Small writes made together: all of them stored, in fewer transactions, and each with its own failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.store.store import Store
from mockserver.store.together import Together
from mockserver.store.transaction import Transaction

_THREADS = 8


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    with made.write() as tx:
        tx.connection.execute("CREATE TABLE notes (text TEXT)")
    yield made
    made.close()


def _notes(store: Store) -> list[str]:
    return [text for (text,) in store.connection.execute("SELECT text FROM notes ORDER BY rowid")]


class _Pen:
    """Writes notes, except those that say no. The first write takes as long as the test says."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go_on = threading.Event()
        self.writing = threading.Event()

    def write(self, tx: Transaction, notes: Sequence[str]) -> None:
        self.writing.set()
        self.go_on.wait(10)
        self.batches.append(list(notes))
        for note in notes:
            tx.connection.execute("INSERT INTO notes VALUES (?)", (note,))
            if note.startswith("no"):
                raise ValueError(note)


def _wait_for(together: Together[str], count: int) -> None:
    for _ in range(10_000):
        if len(together._waiting) == count:
            return
        time.sleep(0.001)
    raise AssertionError(f"{len(together._waiting)} wait, not {count}")


def test_what_comes_meanwhile_is_written_in_one_transaction(store: Store) -> None:
    pen = _Pen()
    together = store.together(pen.write)
    assert store.together(pen.write) is together
    with ThreadPoolExecutor(_THREADS) as pool:
        first = pool.submit(together.add, "first")
        assert pen.writing.wait(10)
        others = [pool.submit(together.add, f"n{n}") for n in range(_THREADS - 1)]
        _wait_for(together, _THREADS - 1)
        pen.go_on.set()
        for each in (first, *others):
            each.result(10)
    assert [len(batch) for batch in pen.batches] == [1, _THREADS - 1]
    assert sorted(_notes(store)) == ["first", *(f"n{n}" for n in range(_THREADS - 1))]


def test_a_refused_one_fails_alone(store: Store) -> None:
    pen = _Pen()
    together = store.together(pen.write)
    with ThreadPoolExecutor(_THREADS) as pool:
        first = pool.submit(together.add, "first")
        assert pen.writing.wait(10)
        others = {note: pool.submit(together.add, note) for note in ("a", "no 1", "b", "no 2")}
        _wait_for(together, len(others))
        pen.go_on.set()
        first.result(10)
        for note, each in others.items():
            if note.startswith("no"):
                with pytest.raises(ValueError, match=note):
                    each.result(10)
            else:
                each.result(10)
    assert sorted(_notes(store)) == ["a", "b", "first"]


def test_nothing_is_lost_between_many_writers(store: Store) -> None:
    pen = _Pen()
    pen.go_on.set()
    together = store.together(pen.write)
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(together.add, [f"n{n}" for n in range(500)]))
    assert sorted(_notes(store)) == sorted(f"n{n}" for n in range(500))
    assert sum(map(len, pen.batches)) == 500


class _Interrupted(_Pen):
    """Is interrupted in its first write, before or after what it was given is in the transaction."""

    def __init__(self, interruption: BaseException) -> None:
        super().__init__()
        self.interruptions = [interruption]

    def write(self, tx: Transaction, notes: Sequence[str]) -> None:
        super().write(tx, notes)
        if len(notes) > 1 and self.interruptions:
            raise self.interruptions.pop()


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_an_interruption_ends_the_call_of_its_thread_only(store: Store, interruption: BaseException) -> None:
    pen = _Interrupted(interruption)
    together = store.together(pen.write)
    notes = [f"n{n}" for n in range(_THREADS - 1)]
    ended: dict[str, BaseException | None] = {}

    def add(note: str) -> None:
        try:
            together.add(note)
        except BaseException as error:
            ended[note] = error
        else:
            ended[note] = None

    first = threading.Thread(target=add, args=("first",), daemon=True)
    others = [threading.Thread(target=add, args=(note,), daemon=True) for note in notes]
    first.start()
    assert pen.writing.wait(10)
    for each in others:
        each.start()
    _wait_for(together, len(notes))
    pen.go_on.set()
    for each in (first, *others):
        each.join(10)
    assert not any(each.is_alive() for each in others)
    (stopped,) = (note for note, error in ended.items() if error is not None)
    assert ended[stopped] is interruption
    assert sorted(_notes(store)) == ["first", *(note for note in notes if note != stopped)]
    assert not together._waiting


def test_who_is_interrupted_while_waiting_leaves_nothing_behind(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pen = _Pen()
    pen.go_on.set()
    together = store.together(pen.write)

    class Turn:
        def __enter__(self) -> None:
            raise KeyboardInterrupt

        def __exit__(self, *_: object) -> None: ...

    with monkeypatch.context() as patched:
        patched.setattr(together, "_turn", Turn())
        with pytest.raises(KeyboardInterrupt):
            together.add("given up")
    together.add("next")
    assert _notes(store) == ["next"]
