#!/usr/bin/env bash
# Processors with AVX-512 have VPTERNLOG, any function of three vectors, bit by bit, in one operation. LLVM, by which numba
# compiles, makes one of the exclusive or of three vectors, but two or three, by how it is written, of their majority: the
# carry of a full adder, which is what counting bits by carry-save adders consists of. Asked for by its intrinsic,
# llvm.x86.avx512.pternlog.q.512, it is one. (Compiled for another machine: it need not have AVX-512.)
# seen llvmlite 0.50.0 (LLVM 22.1.0), 2026-11-29: exclusive or 1; majority 3, 2, 3 and 3; by the intrinsic 1
set -euo pipefail
llvmlite=${LLVMLITE:-0.50.0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/pip" install -q "llvmlite==$llvmlite"

cat > "$work/count.py" <<'END'
import re

import llvmlite
import llvmlite.binding as llvm

print("llvmlite", llvmlite.__version__, "of LLVM", ".".join(map(str, llvm.llvm_version_info)))
llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
TYPE = "<8 x i64>"
INTRINSIC = "@llvm.x86.avx512.pternlog.q.512"


def n_operations(steps):
    """Count the vector instructions of a function of a, b and c: each step an operation and what it takes."""
    lines = [f"%r{k} = {name} {TYPE} {first}, {second}" for k, (name, first, second) in enumerate(steps)]
    return compiled([*lines, f"ret {TYPE} %r{len(steps) - 1}"])


def compiled(lines):
    text = f"declare {TYPE} {INTRINSIC}({TYPE}, {TYPE}, {TYPE}, i32)\n"
    text += f"define {TYPE} @f({TYPE} %a, {TYPE} %b, {TYPE} %c) {{\n" + "\n".join(lines) + "\n}\n"
    target = llvm.Target.from_triple("x86_64-unknown-linux-gnu")
    machine = target.create_target_machine(cpu="sapphirerapids", opt=3)
    return len(re.findall(r"^\s+v\w+", machine.emit_assembly(llvm.parse_assembly(text)), re.MULTILINE))


a, b, c = "%a", "%b", "%c"
forms = {
    "exclusive or": [("xor", a, b), ("xor", "%r0", c)],
    "majority, (a & b) | (c & (a | b))": [("and", a, b), ("or", a, b), ("and", c, "%r1"), ("or", "%r0", "%r2")],
    "majority, (a & b) | (a & c) | (b & c)": [
        ("and", a, b), ("and", a, c), ("and", b, c), ("or", "%r0", "%r1"), ("or", "%r3", "%r2"),
    ],
    "majority, (a & b) | (c & (a ^ b))": [("and", a, b), ("xor", a, b), ("and", c, "%r1"), ("or", "%r0", "%r2")],
    "majority, (a & b) ^ (c & (a ^ b))": [("and", a, b), ("xor", a, b), ("and", c, "%r1"), ("xor", "%r0", "%r2")],
}
found = [n_operations(steps) for steps in forms.values()]
for name, n in zip(forms, found):
    print(f"{name}: {n}")
call = f"%r = call {TYPE} {INTRINSIC}({TYPE} %a, {TYPE} %b, {TYPE} %c, i32 232)"
found.append(compiled([call, f"ret {TYPE} %r"]))
print(f"majority, by the intrinsic: {found[-1]}")
if found != [1, 3, 2, 3, 3, 1]:
    raise SystemExit("CHANGED: expected 1, 3, 2, 3, 3 and 1")
END
"$work/env/bin/python" "$work/count.py"
