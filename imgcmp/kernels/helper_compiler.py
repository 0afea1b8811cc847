"""How what only kernels call is compiled: translated and linked, but optimised and assembled once, in the entry.

numba makes of every function a library of its own, optimised and assembled with all that it calls, level upon level:
`look_around`, whose helpers are nine levels deep, took 12.6 s of CPU time that way and 9.4 s this way (numba 0.68.1;
the same code in the end, and the same speed).

The names of numba's that this hangs on, beside those it documents for pipelines of one's own: `JITCodeLibrary` and its
`_final_module`, `_linking_libraries` and `_get_module_for_linking`; the flag `no_compile`; and that `NativeLowering`
takes a library that is there. Where numba has no such modules, helpers are compiled as numba does it (see `jit`);
other changes of it end the first call of a kernel, and the tests of this file. A helper must not print, raise an
exception made of variables (numba's environment of it isn't there), or be one of two that call each other.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import AnnotateTypes, IRLegalization, NativeLowering, NoPythonBackend


class _HelperLibrary(JITCodeLibrary):
    """LLVM's intermediate code of a helper and of all that it calls, for others to link."""

    def finalize(self) -> None:
        """Take in what it calls, once."""
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _HelperLowering(NativeLowering):
    """Translates a helper into a library that isn't made ready to run."""

    _name = "helper_lowering"

    def run_pass(self, state: Any) -> bool:
        """Do so; known to its callers is the helper by a function of Python's, which raises TypeError when called."""
        state.library = _HelperLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        key = state.library.__reduce_ex__  # numba takes builtin functions only; those of two libraries are not equal
        state.targetctx.insert_user_function(key, state.cr.fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=key)
        return True


class HelperCompiler(CompilerBase):
    """numba's pipeline, but for the lowering."""

    def define_pipelines(self) -> list[Any]:
        """Return the one pipeline there is."""
        manager = PassManager("helper")
        for define in (DefaultPassBuilder.define_untyped_pipeline, DefaultPassBuilder.define_typed_pipeline):
            manager.passes.extend(define(self.state).passes)
        for each in (IRLegalization, AnnotateTypes, _HelperLowering, NoPythonBackend):
            manager.add_pass(each, each.__name__)
        manager.finalize()
        return [manager]
