import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcmp.errors import UnreadableImageError
from imgcmp.system import memory_budget
from imgcmp.system.memory_budget import Budget, OverBudgetError, reserve


def test_small_needs_are_not_even_looked_at(monkeypatch):
    monkeypatch.setattr(memory_budget, "available_bytes", lambda: pytest.fail("asked the system"))
    reserve(0)
    reserve(2**26)


def test_outside_of_a_worker_an_image_may_take_what_is_free(monkeypatch):
    monkeypatch.setattr(memory_budget, "available_bytes", lambda: 2_900_000_000)
    reserve(2_900_000_000)
    with pytest.raises(OverBudgetError, match=r"^needs 3\.6 GB to decode and 2\.9 GB are free$"):
        reserve(3_600_000_000)


def test_what_no_machine_of_this_kind_could_give_is_the_files_fault(monkeypatch):
    monkeypatch.setattr(memory_budget, "available_bytes", lambda: 2**40)
    monkeypatch.setattr(memory_budget, "installed_bytes", lambda: 1_000_000_000)
    reserve(4_000_000_000)
    with pytest.raises(
        UnreadableImageError, match=r"^damaged, or far too large: it would take 4\.1 GB to decode$"
    ) as caught:
        reserve(4_100_000_000)
    assert not caught.value.passing


def test_who_asked_first_is_served_first():
    memory = Budget(100, 4)
    memory.start("a")
    memory.ask("a", 60)
    memory.ask("b", 50)
    memory.ask("c", 10)
    assert memory.grant() == ["a"]
    assert memory.grant() == []
    memory.leave("a")
    assert memory.grant() == ["b", "c"]


def test_for_one_that_needs_everything_the_others_start_nothing_more():
    memory = Budget(100, 2)
    memory.start("small")
    memory.ask("large", 100)
    assert memory.grant() == []
    assert not memory.may_go_on()
    memory.leave("small")
    assert memory.grant() == ["large"]
    assert not memory.may_start()
    memory.leave("large")
    assert memory.may_start()


@given(st.integers(1, 4), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100)), max_size=60))
def test_everyone_is_served_and_never_more_is_held_than_there_is(n_workers, needs):
    memory = Budget(100, n_workers)
    queues = [[need for who, need in needs if who % n_workers == worker] for worker in range(n_workers)]
    held = dict.fromkeys(range(n_workers), 0)
    asleep = set()
    while any(queues):
        moved = False
        for worker, queue in enumerate(queues):
            if queue and not held[worker] and worker not in asleep and memory.may_start():
                moved = True
                memory.start(worker)
                held[worker] = memory.share
                if queue[0] > memory.share:
                    held[worker] = 0
                    asleep.add(worker)
                    memory.ask(worker, queue[0])
                elif not memory.share:  # a share of nothing: done at once
                    memory.leave(worker)
                    queue.pop(0)
            elif held[worker]:
                moved = True
                memory.leave(worker)
                held[worker] = 0
                queue.pop(0)
            for one in memory.grant():
                moved = True
                asleep.discard(one)
                held[one] = queues[one][0]
            assert sum(held.values()) <= 100
        assert moved


def test_who_asks_again_for_less_than_it_has_is_not_overtaken():
    budget = Budget(1000, 2)
    for worker in ("a", "b"):
        budget.start(worker)
    budget.ask("a", 700)
    budget.leave("b")
    assert budget.grant() == ["a"]
    budget.ask("b", 800)
    budget.ask("a", 600)
    assert budget.grant() == ["a"]
    budget.leave("a")
    assert budget.grant() == ["b"]
