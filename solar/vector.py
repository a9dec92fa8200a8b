# ruff: noqa: ANN001, ANN002, ANN201, ANN202, ARG001, PLR0917
# numba infers the types
"""What numba has no words for and scan lines live on: several numbers in one operation of the processor, and memory asked for early.

Each is an intrinsic: called from compiled functions only. Places are counted in the memory of arrays without gaps. Numba's cache looks at
the caller's file alone: who changes something here touches `sweep.py` and `orientation.py` too.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LINES = 64
"""Lines in lock-step, one bit each of a number: `marked`."""
INT, LONG, FAST = ir.IntType(32), ir.IntType(64), ("fast",)
TWO, FOUR = (ir.VectorType(ir.FloatType(), n) for n in (2, 4))


def _memory(context, builder, signature, arguments, number):
    """Return the memory of an array among the arguments."""
    return context.make_array(signature.args[number])(context, builder, arguments[number]).data


def _at(builder, data, place, kind):
    """Return the address of a vector at a place."""
    return builder.bitcast(builder.gep(data, [place]), kind.as_pointer())


def _packed(signature, code, *arrays):
    """Return an intrinsic's answer; none, so that numba refuses the call, where an array has gaps."""
    return (signature, code) if all(array.layout == "C" for array in arrays) else None


def _even(builder, number):
    """Return four times a number."""
    one = builder.insert_element(ir.Constant(FOUR, ir.Undefined), number, INT(0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(INT, 4), [0] * 4))


@intrinsic
def fetch(_, array, place):
    """Ask for the memory at a place of an array, which comes meanwhile."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte, INT, INT, INT])

    def code(context, builder, signature, arguments):
        address = builder.gep(_memory(context, builder, signature, arguments, 0), [arguments[1]])
        call = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(call, [builder.bitcast(address, byte), INT(1), INT(3), INT(1)])  # to be written, to the nearest cache, data
        return context.get_dummy_value()

    return types.void(array, place), code


@intrinsic
def marked(_, marks, row, lanes):
    """Return a bit for every one of the lanes (first, until) that is not 0 in a row of marks (rows, LINES) int32."""
    wide, bits = ir.VectorType(INT, LINES), ir.IntType(LINES)

    def code(context, builder, signature, arguments):
        place = builder.mul(arguments[1], LONG(LINES))
        address = _at(builder, _memory(context, builder, signature, arguments, 0), place, wide)
        found = builder.icmp_signed("!=", builder.load(address, align=4), ir.Constant(wide, [0] * LINES))
        first, until = cgutils.unpack_tuple(builder, arguments[2])
        some = builder.icmp_unsigned(">", until, first)
        spare = builder.and_(builder.sub(first, until), bits(LINES - 1))
        within = builder.shl(builder.lshr(bits(-1), spare), first)
        return builder.select(some, builder.and_(builder.bitcast(found, bits), within), bits(0))

    return _packed(types.uint64(marks, types.int64, lanes), code, marks)


@intrinsic
def lowest(_, bits):
    """Return the place of the lowest bit that is set."""

    def code(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.uint64(bits), code


@intrinsic
def push(_, stacks, tops, top, heights, row, step):
    """Lay the heights of a row (rows, LINES) and the step on the lines' stacks, side by side, at the places in row top of tops."""

    def code(context, builder, signature, arguments):
        stack, place, height = (_memory(context, builder, signature, arguments, k) for k in (0, 1, 3))
        steps = _even(builder, arguments[5])
        top_, row_ = (builder.mul(arguments[k], LONG(LINES)) for k in (2, 4))
        for q in range(0, LINES, 4):
            some = builder.load(_at(builder, height, builder.add(row_, LONG(q)), FOUR), align=4)
            for k in range(4):
                pair = builder.shuffle_vector(some, steps, ir.Constant(ir.VectorType(INT, 2), [k, 4 + k]))
                at = builder.load(builder.gep(place, [builder.add(top_, LONG(q + k))]))
                builder.store(pair, _at(builder, stack, builder.sext(at, LONG), TWO), align=4)
        return context.get_dummy_value()

    return _packed(types.void(stacks, tops, types.int64, heights, types.int64, step), code, stacks, tops, heights)


@intrinsic
def lose_four(_, out, tables, place, rows, leans):
    """Add to four columns of out what lies between two rows of either way's table, -+lean x along + up.

    place: where the four begin in out, and along and up in a row of a table. rows: where the lower and the higher begin, of way 0 and of
    way 1. leans: rise towards way 0, and the least the fourth column goes by.
    """

    def code(context, builder, signature, arguments):
        totals, table = (_memory(context, builder, signature, arguments, k) for k in (0, 1))

        def between(low, high, column):
            ends = (builder.load(_at(builder, table, builder.add(row, column), FOUR), align=4) for row in (low, high))
            return builder.fsub(*ends, flags=FAST)

        def towards(rise):
            return builder.select(builder.fcmp_ordered(">", rise, least, flags=FAST), rise, least)

        (target, along, up), rows_, (rise, least) = (cgutils.unpack_tuple(builder, arguments[k]) for k in (2, 3, 4))
        rise, least = _even(builder, rise), builder.insert_element(ir.Constant(FOUR, [-1.0e30] * 4), least, INT(3))
        address = _at(builder, totals, target, FOUR)
        lost = builder.load(address, align=4)
        for low, high, lean in ((*rows_[:2], towards(builder.fneg(rise, flags=FAST))), (*rows_[2:], towards(rise))):
            lost = builder.fadd(lost, builder.fmul(lean, between(low, high, along), flags=FAST), flags=FAST)
            lost = builder.fadd(lost, between(low, high, up), flags=FAST)
        builder.store(lost, address, align=4)
        return context.get_dummy_value()

    return _packed(types.void(out, tables, place, rows, leans), code, out, tables)


@intrinsic
def blend_four(_, value, net, place, down, across):
    """Set four columns of value to the net's between four by four nodes.

    place: the first column, where the first node begins, and the steps from node to node down and across. down, across: their weights.
    """

    def code(context, builder, signature, arguments):
        values, nodes = (_memory(context, builder, signature, arguments, k) for k in (0, 1))

        def weighed(weights, numbers):
            total = ir.Constant(FOUR, [0.0] * 4)
            for weight, number in zip(weights, numbers, strict=True):
                total = builder.fadd(total, builder.fmul(weight, number, flags=FAST), flags=FAST)
            return total

        column, node, down_step, across_step = cgutils.unpack_tuple(builder, arguments[2])
        down_, across_ = ([_even(builder, w) for w in cgutils.unpack_tuple(builder, arguments[k])] for k in (3, 4))
        rows, node = [], builder.add(node, column)
        for _ in range(4):
            at, row = node, []
            for _ in range(4):
                row.append(builder.load(_at(builder, nodes, at, FOUR), align=4))
                at = builder.add(at, across_step)
            rows.append(weighed(across_, row))
            node = builder.add(node, down_step)
        builder.store(weighed(down_, rows), _at(builder, values, column, FOUR), align=4)
        return context.get_dummy_value()

    return _packed(types.void(value, net, place, down, across), code, value, net)
