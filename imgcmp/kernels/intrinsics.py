"""What LLVM is told word by word: population counts, and the vectors of a search.

What takes a builder runs while a kernel is compiled. How wide vectors are LLVM decides by the processor's name, and on
many that have VPOPCNTQ it takes 256 bits. With 512, asked for by these, a scan of 100,000 fingerprints of 64 bits took
half as long (LLVM 22, Sapphire Rapids).
"""

import functools
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import alloca_once_value, for_range
from numba.core.errors import TypingError
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from imgcmp.kernels.columns import WIDTH

ROWS = 4  # rows a pass over a block
LANES = 8  # 64-bit words of the widest vectors: a divisor of WIDTH; a mask holds ROWS times as many bits
SUMS = 2 * LANES  # of a scalar product: two vectors, of which one is added while the other one is waited for


@intrinsic
def _popcount(_: Any, word: Any) -> Any:  # noqa: ARG001 - an intrinsic's parameters are those of its calls
    """Count the ones of a word."""

    def codegen(_context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


popcount: Any = _popcount


def lane_by_lane(builder: ir.IRBuilder, name: str, *vectors: Any) -> Any:
    """Call a function of LLVM's that works on each lane of vectors, all of one type."""
    kind = vectors[0].type
    full_name = f"llvm.{name}.v{kind.count}{kind.element}"
    function = builder.module.globals.get(full_name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(kind, [kind] * len(vectors)), full_name)
    return builder.call(function, vectors)


def in_all_lanes(builder: ir.IRBuilder, value: Any, count: int) -> Any:
    """Return a vector of `count` times a value."""
    kind, index = ir.VectorType(value.type, count), ir.IntType(32)
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, value, index(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(index, count), [0] * count))


def load(builder: ir.IRBuilder, kind: Any, address: Any, *offsets: Any) -> Any:
    """Read a value of some kind, at the address of a word."""
    for offset in offsets:
        address = builder.add(address, offset)
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=8)


@intrinsic
def _wide_vectors(_: Any) -> Any:
    """Let LLVM vectorise the loops of this function with 512 bits."""

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, _args: Any) -> Any:
        attributes = builder.function.attributes
        if isinstance(attributes, set):  # past llvmlite's own `add`, which knows none that take a value
            set.add(attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), codegen


wide_vectors: Any = _wide_vectors


def bits_apart(builder: ir.IRBuilder, words: list[Any], others: list[Any]) -> Any:
    """Return how many bits differ in each lane of some vectors, all words together."""
    counts = [lane_by_lane(builder, "ctpop", builder.xor(*both)) for both in zip(words, others, strict=True)]
    return functools.reduce(builder.add, counts)


def check_order(*arrays: Any) -> None:
    """Raise TypingError unless all these are types of matrices of words in C order: others would be misread."""
    for array in arrays:
        is_matrix = isinstance(array, types.Array) and array.ndim == 2 and array.dtype == types.uint64
        if not (is_matrix and array.layout == "C" and array.aligned):
            raise TypingError(f"columns must be a matrix of uint64 in C order; got {array}")


def start_and_step(context: Any, builder: ir.IRBuilder, array_type: Any, array: Any, column: Any) -> tuple[Any, Any]:
    """Return the address of a column's first word, and how far it is to the next word, in bytes."""
    fields = context.make_array(array_type)(context, builder, array)
    start = builder.ptrtoint(fields.data, column.type)
    step = builder.extract_value(fields.strides, 0)
    return builder.add(start, builder.mul(column, column.type(8))), step


@intrinsic
def _columns_within(_: Any, rows: Any, i: Any, columns: Any, j: Any, radius: Any) -> Any:  # noqa: ARG001 - as above
    """Return which of WIDTH columns from j on are within the radius of row i, as bits from the lowest on.

    `rows` and `columns` are both transposed. (The order of the bits is that of little endian.)
    """
    check_order(rows, columns)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        rows, i, columns, j, radius = args
        row, row_step = start_and_step(context, builder, signature.args[0], rows, i)
        column, column_step = start_and_step(context, builder, signature.args[2], columns, j)
        n_words = builder.extract_value(context.make_array(signature.args[0])(context, builder, rows).shape, 0)
        word, vector = ir.IntType(64), ir.VectorType(ir.IntType(64), WIDTH)
        distances = alloca_once_value(builder, ir.Constant(vector, [0] * WIDTH))
        with for_range(builder, n_words) as loop:
            row_word = load(builder, word, row, builder.mul(loop.index, row_step))
            column_words = load(builder, vector, column, builder.mul(loop.index, column_step))
            apart = bits_apart(builder, [in_all_lanes(builder, row_word, WIDTH)], [column_words])
            builder.store(builder.add(builder.load(distances), apart), distances)
        is_within = builder.icmp_unsigned("<=", builder.load(distances), in_all_lanes(builder, radius, WIDTH))
        return builder.bitcast(is_within, word)

    return types.uint64(rows, types.int64, columns, types.int64, types.uint64), codegen


columns_within: Any = _columns_within


@intrinsic(prefer_literal=True)
def _near_rows(_: Any, rows: Any, i: Any, columns: Any, j: Any, n_words: Any, radius: Any) -> Any:  # noqa: ARG001 - as above
    """Return for each of ROWS rows from i on LANES bits, any of them 1 if it is near any of WIDTH columns from j on.

    As `_columns_within`, but by the first words alone, whose number is a constant.
    """
    check_order(rows, columns)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        rows, i, columns, j, _, radius = args
        row, row_step = start_and_step(context, builder, signature.args[0], rows, i)
        column, column_step = start_and_step(context, builder, signature.args[2], columns, j)
        word, lanes = ir.IntType(64), ir.VectorType(ir.IntType(64), LANES)
        halves = ir.VectorType(ir.IntType(32), 2 * LANES)
        row_steps, column_steps = (
            [builder.mul(step, word(w)) for w in range(n_words.literal_value)] for step in (row_step, column_step)
        )
        row_words = [
            [in_all_lanes(builder, load(builder, word, row, word(8 * k), step), LANES) for step in row_steps]
            for k in range(ROWS)
        ]
        nearest: list[Any] = []
        for m in range(0, WIDTH, LANES):
            column_words = [load(builder, lanes, column, word(8 * m), step) for step in column_steps]
            # Distances fit in half a lane, and the other half is 0: the smaller of two takes one step of the processor
            # with 32 bits, and two with 64.
            apart = [builder.bitcast(bits_apart(builder, words, column_words), halves) for words in row_words]
            nearest = [lane_by_lane(builder, "umin", *both) for both in zip(nearest or apart, apart, strict=True)]
        result = word(0)
        for k in range(ROWS):
            distances = builder.bitcast(nearest[k], lanes)
            is_near = builder.icmp_unsigned("<=", distances, in_all_lanes(builder, radius, LANES))
            bits = builder.zext(builder.bitcast(is_near, ir.IntType(LANES)), word)
            result = builder.or_(result, builder.shl(bits, word(LANES * k)))
        return result

    return types.uint64(rows, types.int64, columns, types.int64, n_words, types.uint64), codegen


near_rows: Any = _near_rows


@intrinsic
def _stream_eight(_: Any, target: Any, distances: Any, offsets: Any, offset: Any) -> Any:  # noqa: ARG001 - as above
    """Write distances[:8] + (offset + offsets[:8]) to 64-byte aligned memory, past the cache; by addresses.

    Eight bytes a pair are written once and not read again soon. Stored through the cache they take twice as long: lines
    are fetched before they are overwritten, and push the columns out.
    """

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        shorts, doubles = ir.VectorType(ir.IntType(16), 8), ir.VectorType(ir.DoubleType(), 8)
        target, distances, offsets, offset = args
        counts = builder.load(builder.inttoptr(distances, shorts.as_pointer()), align=2)
        others = builder.load(builder.inttoptr(offsets, doubles.as_pointer()), align=8)
        sums = builder.fadd(in_all_lanes(builder, offset, 8), others)
        heights = builder.fadd(builder.uitofp(counts, doubles), sums)
        store = builder.store(heights, builder.inttoptr(target, doubles.as_pointer()), align=64)
        store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64, types.uint64, types.float64), codegen


stream_eight: Any = _stream_eight


@intrinsic(prefer_literal=True)
def _stack_floats(_: Any, count: Any) -> Any:
    """Return an array of a constant number of floats, not set, on the stack: of kernels that allocate none.

    It is gone when the function returns that asked for it, or, if that is inlined, the one into which it is.
    """
    array = types.Array(types.float64, 1, "C")

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, _args: Any) -> Any:
        size = ir.Constant(ir.IntType(64), count.literal_value)
        with builder.goto_entry_block():
            data = builder.alloca(ir.DoubleType(), size)
        fields = context.make_array(array)(context, builder)
        step = context.get_constant(types.intp, 8)
        populate_array(fields, data, shape=(size,), strides=(step,), itemsize=step, meminfo=None)
        return fields._getvalue()

    return array(count), codegen


stack_floats: Any = _stack_floats


@intrinsic
def _dot(_: Any, first: Any, second: Any) -> Any:
    """Return the scalar product of two arrays of floats of one length, a multiple of SUMS.

    SUMS sums are kept side by side: LLVM may not change the order of a single one, and adds one by one.
    """
    for kind in (first, second):
        if not (isinstance(kind, types.Array) and kind.ndim == 1 and kind.is_c_contig and kind.dtype == types.float64):
            raise TypingError(f"both must be arrays of float64 in one piece; got {kind}")

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        word, vector = ir.IntType(64), ir.VectorType(ir.DoubleType(), SUMS)
        both = [context.make_array(kind)(context, builder, args[k]) for k, kind in enumerate(signature.args)]
        starts = [builder.ptrtoint(fields.data, word) for fields in both]
        n_vectors = builder.udiv(builder.extract_value(both[0].shape, 0), word(SUMS))
        sums = alloca_once_value(builder, ir.Constant(vector, [0.0] * SUMS))
        with for_range(builder, n_vectors) as loop:
            a, b = (load(builder, vector, start, builder.mul(loop.index, word(8 * SUMS))) for start in starts)
            builder.store(builder.fadd(builder.load(sums), builder.fmul(a, b)), sums)
        lanes = builder.load(sums)
        parts = [builder.extract_element(lanes, ir.IntType(32)(k)) for k in range(SUMS)]
        return functools.reduce(builder.fadd, parts)

    return types.float64(first, second), codegen


dot: Any = _dot


@intrinsic(prefer_literal=True)
def _lay_out_lanes(_: Any, columns: Any, j: Any, words: Any, place: Any, n_words: Any) -> Any:  # noqa: ARG001 - as above
    """Write LANES fingerprints, the words from `place` on, to the columns from j on; their words are a constant number.

    LLVM, which doesn't know how far apart the rows of columns are, makes single steps, or gathers, of such a loop.
    """
    check_order(columns)
    if not (isinstance(words, types.Array) and words.is_c_contig and words.dtype == types.uint64):
        raise TypingError(f"words must be an array of uint64 in C order; got {words}")

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        columns, j, words, place, _ = args
        count = signature.args[4].literal_value
        word, index, lanes = ir.IntType(64), ir.IntType(32), ir.VectorType(ir.IntType(64), LANES)
        target, step = start_and_step(context, builder, signature.args[0], columns, j)
        fields = context.make_array(signature.args[2])(context, builder, words)
        source = builder.add(builder.ptrtoint(fields.data, word), builder.mul(place, word(8)))
        all_words = load(builder, ir.VectorType(word, LANES * count), source)
        for w in range(count):
            which = ir.Constant(ir.VectorType(index, LANES), [count * lane + w for lane in range(LANES)])
            row = builder.add(target, builder.mul(step, word(w)))
            part = builder.shuffle_vector(all_words, all_words, which)
            builder.store(part, builder.inttoptr(row, lanes.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(columns, types.int64, words, types.int64, n_words), codegen


lay_out_lanes: Any = _lay_out_lanes


@intrinsic
def _prefetch(_: Any, address: Any) -> Any:  # noqa: ARG001 - as above
    """Ask for a cache line that will be read soon."""

    def codegen(context: Any, builder: ir.IRBuilder, _signature: Any, args: Any) -> Any:
        pointer, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
        )
        builder.call(function, [builder.inttoptr(args[0], pointer), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(types.uint64), codegen


prefetch: Any = _prefetch
