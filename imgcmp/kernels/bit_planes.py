"""Which of many columns are near a row, bit by bit: carry-save adders over bit planes.

A plane holds one bit of SLAB columns, a column a bit. So a logical operation on planes works on SLAB columns at once,
and to count in which bits a row differs from each is to add planes, those turned over where the row has a one. A full
adder, which makes a sum and a carry of three planes, takes two operations of processors with AVX-512. So a word of 512
columns takes some 90 operations, and by VPOPCNTQ, with what goes before and behind it, 192.
(Counting by adders on bits side by side: H. S. Warren, Hacker's Delight, 2nd edition, section 5-1; and on vectors
W. Mula, N. Kurz and D. Lemire, Faster population counts using AVX2 instructions, The Computer Journal 61, 2018.)

The first adders, of three planes each, are shared by all rows: what they can make of a slab, for each of the 8 ways in
which three bits of a row can be, their patterns, is a table. It stays in the first cache, and so a slab is of one word
at a time.

What reads and writes planes takes them by address, of `Work`, which its caller holds: an address keeps nothing alive.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from imgcmp.fingerprints.packing import Words
from imgcmp.kernels.intrinsics import LANES, in_all_lanes, load
from imgcmp.kernels.jit import Array, helper, inlined

SLAB = 64 * LANES
"""Columns that are judged at once: bit m of lane n is column LANES * m + n of them."""

MOST_WORDS = 8
COUNT_PLANES = 10  # of at most MOST_WORDS words, 512 bits
_TRIPLES = 21  # of the bits of a word; one bit is left
PARTS = _TRIPLES + 1
_VECTOR_BYTES = 8 * LANES
_PATTERNS = 8  # of three bits
TABLE_WORDS = PARTS * _PATTERNS * 2 * LANES  # of each part, for each pattern, the sum and the carry

_WORD = ir.IntType(64)
_PLANE = ir.VectorType(_WORD, LANES)
# Of three bits a, b, c, as VPTERNLOG takes them: bit 4 a + 2 b + c is the result.
_SUM, _CARRY, _CARRY_OF_SUM = 0x96, 0xE8, 0x8E


def _of_three(builder: ir.IRBuilder, planes: Any, truth: int) -> Any:
    """Return a function of three planes that takes one operation."""
    name = "llvm.x86.avx512.pternlog.q.512"
    kind = ir.FunctionType(_PLANE, [_PLANE, _PLANE, _PLANE, ir.IntType(32)])
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(function, [*planes, ir.IntType(32)(truth)])


def _has_avx512(context: Any) -> bool:
    """Tell whether what is compiled may take operations on three vectors."""
    return "+avx512f" in str(getattr(context.codegen(), "_tm_features", ""))


def _carry(context: Any, builder: ir.IRBuilder, a: Any, b: Any, c: Any) -> Any:
    """Return the majority of three planes."""
    if _has_avx512(context):  # by itself LLVM makes two or three operations of it
        return _of_three(builder, (a, b, c), _CARRY)
    return builder.or_(builder.and_(a, b), builder.and_(c, builder.or_(a, b)))


def _full_adder(context: Any, builder: ir.IRBuilder, a: Any, b: Any, c: Any) -> tuple[Any, Any]:
    """Return the sum and the carry of three planes."""
    if _has_avx512(context):
        # An operation overwrites one of the three. From the sum, which takes the place of one of them, the carry
        # follows as well: nothing is copied.
        total = _of_three(builder, (a, b, c), _SUM)
        return total, _of_three(builder, (total, b, c), _CARRY_OF_SUM)
    either = builder.xor(a, b)
    return builder.xor(either, c), builder.or_(builder.and_(a, b), builder.and_(c, either))


def _planes_at(builder: ir.IRBuilder, address: Any, number: int) -> Any:
    return builder.inttoptr(builder.add(address, _WORD(_VECTOR_BYTES * number)), _PLANE.as_pointer())


def _counted(context: Any, builder: ir.IRBuilder, table: Any, patterns: Any, counts: Any) -> list[Any]:
    """Return the planes of a count: of what a word adds, by its parts, to those at `counts`, or None, to nothing."""
    waiting: list[list[Any]] = [[] for _ in range(COUNT_PLANES + 1)]

    def add(weight: int, plane: Any) -> None:
        waiting[weight].append(plane)
        if len(waiting[weight]) == 3:
            three, waiting[weight] = waiting[weight], []
            total, carry = _full_adder(context, builder, *three)
            add(weight, total)
            add(weight + 1, carry)

    if counts is not None:
        for weight in range(COUNT_PLANES):
            add(weight, builder.load(_planes_at(builder, counts, weight), align=_VECTOR_BYTES))
    for part in range(PARTS):
        place = builder.inttoptr(builder.add(patterns, _WORD(2 * part)), ir.IntType(16).as_pointer())
        of_part = builder.add(table, builder.zext(builder.load(place, align=2), _WORD))
        add(0, builder.load(_planes_at(builder, of_part, 0), align=_VECTOR_BYTES))
        if part < _TRIPLES:
            add(1, builder.load(_planes_at(builder, of_part, 1), align=_VECTOR_BYTES))
    planes = []
    for weight in range(COUNT_PLANES):
        if len(waiting[weight]) == 2:
            two, waiting[weight] = waiting[weight], []
            add(weight, builder.xor(*two))
            add(weight + 1, builder.and_(*two))
        planes.append(waiting[weight][0] if waiting[weight] else ir.Constant(_PLANE, [0] * LANES))
    return planes


@intrinsic(prefer_literal=True)
def _count_word(_: Any, table: Any, patterns: Any, counts: Any, is_first: Any) -> Any:
    """Add what a word of a row differs by to the counts of a slab; the first word writes them anew.

    All by address: the table, the patterns of the row's parts, and the counts.
    """

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        table, patterns, counts, _ = args
        before = None if signature.args[3].literal_value else counts
        for weight, plane in enumerate(_counted(context, builder, table, patterns, before)):
            builder.store(plane, _planes_at(builder, counts, weight), align=_VECTOR_BYTES)
        return context.get_dummy_value()

    return types.void(table, patterns, counts, is_first), codegen


count_word: Any = _count_word


@intrinsic(prefer_literal=True)
def _near_in_slab(_: Any, table: Any, patterns: Any, counts: Any, is_first: Any, limit: Any, near: Any) -> Any:
    """Add the last word to the counts, write to `near` which columns are within a radius, and return if any is.

    `limit` is the address of the row of `limits_of` for that radius; `near` that of LANES words.
    """

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        table, patterns, counts, _, limit, near = args
        before = None if signature.args[3].literal_value else counts
        is_far: Any = ir.Constant(_PLANE, [0] * LANES)
        # What is farther leaves a carry when the ones' complement of the radius is added to its count.
        for weight, plane in enumerate(_counted(context, builder, table, patterns, before)):
            of_limit = in_all_lanes(builder, load(builder, _WORD, limit, _WORD(8 * weight)), LANES)
            is_far = _carry(context, builder, plane, is_far, of_limit)
        is_near = builder.xor(is_far, ir.Constant(_PLANE, [2**64 - 1] * LANES))
        lanes = builder.icmp_unsigned("!=", is_near, ir.Constant(_PLANE, [0] * LANES))
        any_of_lanes = builder.icmp_unsigned("!=", builder.bitcast(lanes, ir.IntType(LANES)), ir.IntType(LANES)(0))
        with builder.if_then(any_of_lanes, likely=False):
            builder.store(is_near, _planes_at(builder, near, 0), align=_VECTOR_BYTES)
        return any_of_lanes

    return types.boolean(table, patterns, counts, is_first, limit, near), codegen


near_in_slab: Any = _near_in_slab


@intrinsic
def _exchange(_: Any, first: Any, second: Any, shift: Any, mask: Any) -> Any:  # noqa: ARG001 - as below
    """Exchange, in all lanes, the upper bits of each field of one word with the lower ones of another; by address."""

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        first, second, *both = args
        shift, mask = (in_all_lanes(builder, value, LANES) for value in both)
        above = builder.load(_planes_at(builder, first, 0), align=_VECTOR_BYTES)
        below = builder.load(_planes_at(builder, second, 0), align=_VECTOR_BYTES)
        differs = builder.and_(builder.xor(builder.lshr(above, shift), below), mask)
        builder.store(builder.xor(below, differs), _planes_at(builder, second, 0), align=_VECTOR_BYTES)
        builder.store(
            builder.xor(above, builder.shl(differs, shift)), _planes_at(builder, first, 0), align=_VECTOR_BYTES
        )
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64, types.uint64, types.uint64), codegen


exchange: Any = _exchange


@intrinsic
def _fill_part(_: Any, planes: Any, table: Any) -> Any:  # noqa: ARG001 - an intrinsic's parameters are those of its calls
    """Write for each pattern of three bits of a row what their planes, turned over where it has a one, add up to."""

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        planes, table = args
        ones = ir.Constant(_PLANE, [2**64 - 1] * LANES)
        as_they_are = [builder.load(_planes_at(builder, planes, k), align=_VECTOR_BYTES) for k in range(3)]
        for pattern in range(_PATTERNS):
            three = [builder.xor(plane, ones) if pattern >> k & 1 else plane for k, plane in enumerate(as_they_are)]
            for k, plane in enumerate(_full_adder(context, builder, *three)):
                builder.store(plane, _planes_at(builder, table, 2 * pattern + k), align=_VECTOR_BYTES)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64), codegen


fill_part: Any = _fill_part


class Work(NamedTuple):
    """What a thread counts in: arrays that start at a multiple of 64 bytes, as `room_for` makes them."""

    table: Words  # (TABLE_WORDS,)
    planes: Words  # (SLAB,)
    counts: Words  # of each row, if there is more than a word, COUNT_PLANES * LANES
    near: Words  # (LANES,)


def room_for(n_rows: int, n_words: int) -> Work:
    """Return what it takes to count so many rows of so many words."""
    n_counts = n_rows * COUNT_PLANES * LANES if n_words > 1 else LANES
    return Work(*map(_aligned, (TABLE_WORDS, SLAB, n_counts, LANES)))


def _aligned(n_words: int) -> Words:
    room = np.empty(n_words + LANES, np.uint64)
    first = -room.ctypes.data % _VECTOR_BYTES // 8
    return room[first : first + n_words]


@inlined
def address(array: Array) -> Any:
    """Return where an array starts; it has to be held by who calls the kernel."""
    return np.uint64(array.ctypes.data)


@inlined
def any_of(near: Array) -> Any:
    """Return which bits are ones in any lane."""
    result = np.uint64(0)
    for lane in range(LANES):
        result |= near[lane]
    return result


@helper
def turn_bits(planes: Array) -> None:
    """Turn words into planes: bit p of word m of a lane becomes bit m of plane p. `planes` has SLAB words."""
    start = address(planes)
    shift, mask = 32, np.uint64(2**32 - 1)
    while shift:
        for block in range(0, 64, 2 * shift):
            for word in range(block, block + shift):
                at = start + np.uint64(_VECTOR_BYTES * word)
                exchange(at, at + np.uint64(_VECTOR_BYTES * shift), np.uint64(shift), mask)
        shift //= 2
        mask ^= mask << np.uint64(shift)


@helper
def fill_table(work: Work, words: Words, start: int, step: int, count: int) -> None:
    """Fill in the table of a slab: of `count` words, from `start` on and `step` apart; behind them zeros."""
    table, planes = work.table, work.planes
    for column in range(count):
        planes[np.uint64(column)] = words[np.uint64(start + column * step)]
    planes[count:] = 0
    turn_bits(planes)
    source, target = address(planes), address(table)
    for triple in range(_TRIPLES):
        fill_part(
            source + np.uint64(3 * _VECTOR_BYTES * triple), target + np.uint64(2 * _PATTERNS * _VECTOR_BYTES * triple)
        )
    last = _TRIPLES * _PATTERNS * 2 * LANES
    for lane in range(LANES):
        table[last + lane] = planes[63 * LANES + lane]
        table[last + 2 * LANES + lane] = ~planes[63 * LANES + lane]


def patterns_of(words: Words) -> NDArray[np.uint16]:
    """Return where in a table the patterns of words are, in bytes, shape (*words.shape, PARTS)."""
    triples = words[..., np.newaxis] >> np.arange(0, 64, 3, dtype=np.uint64) & np.uint64(7)
    starts = np.arange(PARTS, dtype=np.uint64) * np.uint64(_PATTERNS)
    places: NDArray[np.uint16] = ((starts + triples) * np.uint64(2 * _VECTOR_BYTES)).astype(np.uint16)
    return places


def limits_of(n_bits: int) -> Words:
    """Return the ones' complements of the radii 0 .. n_bits, shape (n_bits + 1, COUNT_PLANES): a word for each bit."""
    bits = np.arange(n_bits + 1)[:, np.newaxis] >> np.arange(COUNT_PLANES) & 1
    return np.where(bits == 1, np.uint64(0), np.uint64(2**64 - 1))
